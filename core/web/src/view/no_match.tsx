import { use_messages } from "../i18n/context";

/** Search and filter leave nothing. */
export function NoMatch({ on_clear }: { on_clear: () => void }) {
  const messages = use_messages();
  return (
    <section class="notice no-match" role="status">
      <h2>{messages.no_match_title}</h2>
      <p>{messages.no_match_text}</p>
      <button type="button" onClick={on_clear}>
        {messages.clear_filter}
      </button>
    </section>
  );
}
