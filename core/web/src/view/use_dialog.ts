import { useEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";

/**
 * Focus and keys of something that lies over the page: it takes the focus and runs the action of a pressed key.
 * The page beneath must be inert.
 */
export function use_dialog(dialog: RefObject<HTMLElement>, actions: Record<string, () => unknown>): void {
  const latest = useRef(actions);
  latest.current = actions;

  useEffect(() => {
    const on_key = (event: KeyboardEvent): void => {
      const action = latest.current[event.key];
      if (action && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        action();
      }
    };
    document.addEventListener("keydown", on_key);
    dialog.current?.focus();
    return () => document.removeEventListener("keydown", on_key);
  }, [dialog]);
}
