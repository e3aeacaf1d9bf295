import { useEffect } from "preact/hooks";
import type { RefObject } from "preact";

function is_typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** "/" puts the cursor into the search box. */
export function use_search_key(box: RefObject<HTMLInputElement>, enabled: boolean): void {
  useEffect(() => {
    if (!enabled) {
      return;
    }
    const on_key = (event: KeyboardEvent): void => {
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !is_typing(event.target)) {
        event.preventDefault();
        box.current?.focus();
        box.current?.select();
      }
    };
    document.addEventListener("keydown", on_key);
    return () => document.removeEventListener("keydown", on_key);
  }, [box, enabled]);
}
