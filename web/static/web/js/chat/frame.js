/**
 * The other end of the widget: tells the page around this frame how many messages are unread, and asks to be closed.
 * Speaks only to the exact origin that the server checked against the desk's list, and listens to nobody else.
 * @module flagdown/chat/frame
 */

export class Frame {
  /**
   * @param {{parent: string, color: string, name: string}} options `parent`: allowed origin around us, '' for none
   * @param {(open: boolean) => void} onOpen the widget was opened or closed
   */
  constructor({ parent, color, name }, onOpen) {
    this.origin = window.parent === window ? '' : parent
    if (!this.origin) return
    addEventListener('message', (event) => {
      if (event.origin !== this.origin || event.source !== window.parent) return
      if (event.data?.type === 'flagdown:open') onOpen(Boolean(event.data.open))
    })
    this.#tell({ type: 'flagdown:hello', color, name })
  }

  /** @param {number} count */
  unread(count) {
    this.#tell({ type: 'flagdown:unread', count })
  }

  /** @param {boolean} open a conversation is going on: worth loading the frame early next time */
  conversation(open) {
    this.#tell({ type: 'flagdown:conversation', open })
  }

  close() {
    this.#tell({ type: 'flagdown:close' })
  }

  /** @param {object} message */
  #tell(message) {
    if (this.origin) window.parent.postMessage(message, this.origin)
  }
}
