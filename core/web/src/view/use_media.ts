import { useEffect, useState } from "preact/hooks";

/** Whether a media query holds, followed as it changes. */
export function use_media(query: string): boolean {
  const [holds, set_holds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const follow = (): void => set_holds(list.matches);
    follow();
    list.addEventListener("change", follow);
    return () => list.removeEventListener("change", follow);
  }, [query]);
  return holds;
}
