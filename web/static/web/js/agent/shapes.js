/**
 * Types alone: what the API gives an agent's page, and what the page makes of it. No page loads this.
 * @module flagdown/agent/shapes
 */

/** @typedef {'online' | 'paused' | 'finishing' | 'offline'} PresenceState */
/**
 * @typedef {object} AgentTicket
 * @property {string} id
 * @property {string} state
 * @property {{key: string, name: string}} [desk]
 * @property {string | null} [topic]
 * @property {string} [topic_name]
 * @property {string | null} [language]
 * @property {{name: string, locale?: string}} [customer]
 * @property {string} [note]
 * @property {number} last_seq
 * @property {string} [as_of] when this was read; a later reading is truer
 * @property {number} [read_seq] how far the customer has read
 * @property {number} [own_read_seq]
 * @property {string} opened_at
 * @property {string | null} [waiting_since]
 * @property {string | null} [assigned_at]
 * @property {boolean} [idle] its customer has been silent for long: the place is free until she writes
 * @property {number} [nudges] how often its agent was asked for the answer she owes
 * @property {string | null} [owed_since]
 * @property {string | null} [hand_over_at] when a colleague gets it unless it is answered
 * @property {Baton | null} [baton] from who had it before
 * @property {Note} [own_baton] what its agent wrote down for who may have it next
 * @property {string | null} [follows] the earlier conversation that it goes on from
 */
/** @typedef {{said?: string, promised?: string, next_step?: string}} Note */
/** @typedef {Note & {from: string, at: string, reason: string}} Baton */
/** @typedef {{ticket: string, topic_name?: string, customer?: {name: string}, until: string, may_extend: boolean}} WrapUp */
/** @typedef {{id: string, ticket: string, topic_name?: string, language?: string, pay_multiplier?: string, at: string}} CallIn */
/**
 * @typedef {object} Offer
 * @property {string} id
 * @property {any} ticket id, or the ticket
 * @property {string} state
 * @property {string | null} [topic]
 * @property {string} [topic_name]
 * @property {string | null} [language]
 * @property {{key: string, name: string} | string} [desk]
 * @property {number} [waited_s]
 * @property {number | null} [expected_minutes]
 * @property {import('flagdown/api').Money | null} [pay]
 * @property {{expected: import('flagdown/api').Money} | null} [quote]
 * @property {string} expires_at
 * @property {string | null} [made_at]
 * @property {string | null} [delivered_at] when a phone said that it had drawn it: its time runs from there
 * @property {number} [timeout_s]
 * @property {boolean} [broadcast] offered to several: the first to accept has it
 * @property {number} [slots]
 * @property {string} [pay_multiplier]
 * @property {(string | {text?: string})[]} [reasons]
 */
/**
 * @typedef {object} Talk one conversation on this page
 * @property {AgentTicket} ticket
 * @property {number} unread
 * @property {{text: string, own: boolean} | null} preview
 * @property {number} seen last seq that was counted
 * @property {number} typingUntil ms
 * @property {string} ended why it is no longer hers, in words; '' while it is
 * @property {number} touched when an event last spoke of it, ms of performance.now()
 */

export {}
