import { useEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";

export interface Room {
  width: number;
  height: number;
}

/** Width of an element and what the window leaves below its top; both in pixels, followed as they change. */
export function use_room(element: RefObject<HTMLElement>): Room {
  const [room, set_room] = useState<Room>({ width: 0, height: 0 });
  useEffect(() => {
    const measure = (): void => {
      if (element.current) {
        const box = element.current.getBoundingClientRect();
        const style = getComputedStyle(element.current);
        const width = Math.floor(box.width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
        const top = box.top + window.scrollY + parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
        const height = Math.floor(window.innerHeight - top);
        set_room((old) => (old.width === width && old.height === height ? old : { width, height }));
      }
    };
    const observer = new ResizeObserver(measure);
    if (element.current) {
      observer.observe(element.current);
    }
    observer.observe(document.body);
    window.addEventListener("resize", measure);
    measure();
    return () => {
      observer.disconnect();
      window.removeEventListener("resize", measure);
    };
  }, [element]);
  return room;
}
