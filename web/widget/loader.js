/* Flagdown widget. <script src="https://…/widget.js" data-desk="KEY" async></script>
   Optional: data-color="#1f6f5c", data-side="start". Everything else happens inside the frame. */
(() => {
  'use strict'
  const script = document.currentScript
  if (!script || !script.dataset.desk || window.flagdown) return
  const words = __WORDS__
  const home = new URL(script.src).origin
  const desk = script.dataset.desk
  const key = `flagdown.${desk}`
  const memory = {
    get: () => { try { return JSON.parse(localStorage.getItem(key)) || {} } catch { return {} } },
    set: (more) => { try { localStorage.setItem(key, JSON.stringify({ ...memory.get(), ...more })) } catch {} },
  }
  const css = `
:host{all:initial;position:fixed;z-index:2147483000;inset-block-end:max(20px,env(safe-area-inset-bottom));inset-inline-end:20px;font:600 14px/1 system-ui,sans-serif;color-scheme:light dark}
:host([data-side=start]){inset-inline:20px auto}
button{all:unset;box-sizing:border-box;position:relative;display:grid;place-items:center;width:60px;height:60px;border-radius:50%;background:var(--c,#1f6f5c);color:#fff;cursor:pointer;box-shadow:0 2px 6px rgb(0 0 0/.18),0 10px 28px rgb(0 0 0/.24);transition:transform .15s}
button:hover{transform:scale(1.05)}button:active{transform:scale(.96)}
button:focus-visible{outline:3px solid var(--c,#1f6f5c);outline-offset:3px}
svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.x,[data-open] .o{display:none}[data-open] .x{display:block}
b{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-width:22px;height:22px;padding:0 6px;box-sizing:border-box;border-radius:11px;background:#b3261e;color:#fff;font-size:12px;line-height:22px;text-align:center;box-shadow:0 0 0 2px #fff}
b:empty{display:none}
iframe{display:none;position:absolute;inset-block-end:76px;inset-inline-end:0;width:min(400px,calc(100vw - 40px));height:min(680px,calc(100vh - 120px));border:0;border-radius:20px;background:Canvas;box-shadow:0 2px 8px rgb(0 0 0/.14),0 24px 64px rgb(0 0 0/.28)}
:host([data-side=start]) iframe{inset-inline:0 auto}
[data-open] iframe{display:block}
@media(max-width:480px){[data-open] iframe{position:fixed;inset:0;width:100%;height:100%;border-radius:0}[data-open] button{display:none}}
@media(prefers-reduced-motion:reduce){button{transition:none}}`

  const make = (tag, attrs = {}, ...children) => {
    const el = document.createElementNS(tag === 'svg' || tag === 'path' ? 'http://www.w3.org/2000/svg' : 'http://www.w3.org/1999/xhtml', tag)
    for (const name in attrs) el.setAttribute(name, attrs[name])
    el.append(...children)
    return el
  }
  const start = () => {
    const host = make('flagdown-widget')
    const shadow = host.attachShadow({ mode: 'closed' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    shadow.adoptedStyleSheets = [sheet]
    const badge = make('b', { 'aria-hidden': 'true' })
    const button = make('button', { type: 'button', 'aria-expanded': 'false' },
      make('svg', { class: 'o', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, make('path', { d: 'M4.5 6.5a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H11l-4.5 3.7V16.5a2 2 0 0 1-2-2z' })),
      make('svg', { class: 'x', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, make('path', { d: 'M6 6l12 12M18 6L6 18' })), badge)
    const box = make('div', {}, button)
    shadow.append(box)
    if (script.dataset.side === 'start') host.dataset.side = 'start'
    const colour = (value) => /^#[0-9a-f]{6}$/i.test(value || '') && host.style.setProperty('--c', value)
    colour(script.dataset.color || memory.get().color)

    let frame = null
    let open = false
    let unread = 0
    let hears = false
    const label = () => button.setAttribute('aria-label', open ? words.close : words.open + (unread ? `, ${words.unread.replace('{n}', unread)}` : ''))
    // Until the chat said hello, the frame is still empty and of our own origin: nobody to tell.
    const tell = (message) => hears && frame.contentWindow && frame.contentWindow.postMessage(message, home)
    const load = () => {
      if (frame) return
      frame = make('iframe', { title: words.title, src: `${home}/chat/${encodeURIComponent(desk)}/?embed=1&origin=${encodeURIComponent(location.origin)}` })
      box.prepend(frame)
    }
    const toggle = (to) => {
      open = to
      load()
      box.toggleAttribute('data-open', open)
      button.setAttribute('aria-expanded', String(open))
      label()
      tell({ type: 'flagdown:open', open })
      if (open) frame.focus()
      else button.focus()
    }
    button.addEventListener('click', () => toggle(!open))
    shadow.addEventListener('keydown', (e) => e.key === 'Escape' && open && toggle(false))
    addEventListener('message', (e) => {
      if (e.origin !== home || !frame || e.source !== frame.contentWindow || !e.data) return
      const { type } = e.data
      if (type === 'flagdown:hello') {
        hears = true
        if (!script.dataset.color) colour(e.data.color)
        memory.set({ color: String(e.data.color) })
        tell({ type: 'flagdown:open', open })
      } else if (type === 'flagdown:unread') {
        unread = Number(e.data.count) || 0
        badge.textContent = unread > 9 ? '9+' : unread || ''
        label()
      } else if (type === 'flagdown:conversation') memory.set({ talking: Boolean(e.data.open) })
      else if (type === 'flagdown:close' && open) toggle(false)
    })
    label()
    document.body.append(host)
    // Somebody who is talking to us sees answers without opening the window first.
    if (memory.get().talking) load()
    window.flagdown = { open: () => toggle(true), close: () => toggle(false) }
  }
  if (document.body) start()
  else addEventListener('DOMContentLoaded', start)
})()
