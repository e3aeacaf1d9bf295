import { useEffect, useState } from "preact/hooks";

/** A page in the background keeps its streams for this long, for whoever only glances at another tab. */
const kGraceMs = 15_000;

/** False once the page has been hidden for a while: then nothing should be streamed. */
export function use_page_shown(): boolean {
  const [shown, set_shown] = useState(!document.hidden);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = (): void => {
      clearTimeout(timer);
      if (document.hidden) {
        timer = setTimeout(() => set_shown(false), kGraceMs);
      } else {
        set_shown(true);
      }
    };
    document.addEventListener("visibilitychange", follow);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", follow);
    };
  }, []);
  return shown;
}
