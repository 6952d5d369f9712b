/**
 * The question by which the script below tells us what a page asked for. A page may ask it itself, and gains a word to the viewers.
 * The protocol's own way (`Runtime.addBinding`) brings every line that a page writes to its console with it, without any limit.
 */
export const PERMISSION_ASKED = 'portal: permission asked';

/**
 * Runs in every page before its own scripts.
 *
 * Lists of `<select>` are windows of their own, which no cast shows: this style draws them in the page. The windows for dates are
 * not to be had in the page: their buttons go, and dates are typed. What would ask for a permission says so once, and the
 * questions that Chromium would leave open for ever are refused.
 */
export const PAGE_SCRIPT = `(() => {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      'select:not([multiple]):not([size]), select:not([multiple]):not([size])::picker(select) { appearance: base-select }' +
      'input::-webkit-calendar-picker-indicator { display: none !important }'
    );
    document.adoptedStyleSheets.push(sheet);
  } catch {}
  const ask = globalThis.prompt?.bind(globalThis);
  const refusal = () => new DOMException('Permission denied', 'NotAllowedError');
  const asking = (owner, names, refuses) => {
    for (const name of names) {
      const real = owner?.[name];
      if (typeof real !== 'function') continue;
      const asked = { [name](...about) {
        try { ask?.('${PERMISSION_ASKED}') } catch {}
        return refuses ? Promise.reject(refusal()) : Reflect.apply(real, this, about);
      } }[name];
      try { Object.defineProperty(owner, name, { value: asked, configurable: true, writable: true }) } catch {}
    }
  };
  asking(globalThis.Geolocation?.prototype, ['getCurrentPosition', 'watchPosition'], false);
  asking(globalThis.MediaDevices?.prototype, ['getUserMedia', 'getDisplayMedia'], true);
  asking(globalThis.Notification, ['requestPermission'], false);
  asking(globalThis.USB?.prototype, ['requestDevice'], true);
  asking(globalThis.HID?.prototype, ['requestDevice'], true);
  asking(globalThis.Serial?.prototype, ['requestPort'], true);
  asking(globalThis.Bluetooth?.prototype, ['requestDevice'], true);
  asking(globalThis, ['showOpenFilePicker', 'showSaveFilePicker', 'showDirectoryPicker'], true);
})()`;
