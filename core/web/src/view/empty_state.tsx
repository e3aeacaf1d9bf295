import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { use_messages } from "../i18n/context";
import { kFirstCamera } from "../model/first_camera";

const kCommand = kFirstCamera.join(" ");

/** What a fresh gateway shows: how to get the first picture. */
export function EmptyState() {
  const messages = use_messages();
  const [copied, set_copied] = useState(false);
  // Browsers offer the clipboard to secure origins only.
  const can_copy = typeof navigator.clipboard?.writeText === "function";
  const copy = (): void => void navigator.clipboard.writeText(kCommand).then(() => set_copied(true), () => undefined);
  return (
    <section class="notice empty">
      <img src="/favicon.svg" alt="" width="56" height="56" />
      <h2>{messages.empty_title}</h2>
      <p>{messages.empty_text}</p>
      <div class="command">
        <code>
          {kFirstCamera.map((argument) => (
            <Fragment key={argument}>
              <span>{argument}</span>{" "}
            </Fragment>
          ))}
        </code>
        {can_copy && (
          <button type="button" onClick={copy}>
            {copied ? messages.copied : messages.copy}
          </button>
        )}
      </div>
      <p class="hint">{messages.empty_hint}</p>
    </section>
  );
}
