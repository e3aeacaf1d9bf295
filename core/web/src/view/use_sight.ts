import { useEffect, useRef, useState } from "preact/hooks";

const kThresholds = [0, 0.25, 0.5, 0.75, 1];

export interface Sight {
  /** Share of each observed element that is in sight, by camera id. */
  seen: ReadonlyMap<number, number>;
  /** Starts (element) or ends (null) watching the element of a camera. */
  watch: (id: number, element: Element | null) => void;
}

/** Knows which tiles are in sight, with one IntersectionObserver for all of them. */
export function use_sight(): Sight {
  const [seen, set_seen] = useState<ReadonlyMap<number, number>>(new Map());
  const observer = useRef<IntersectionObserver>();
  const ids = useRef(new Map<Element, number>());
  const elements = useRef(new Map<number, Element>());

  observer.current ??= new IntersectionObserver(
    (entries) => {
      set_seen((old) => {
        const next = new Map(old);
        for (const entry of entries) {
          const id = ids.current.get(entry.target);
          if (id !== undefined) {
            next.set(id, entry.isIntersecting ? Math.max(entry.intersectionRatio, 0.01) : 0);
          }
        }
        return next;
      });
    },
    { threshold: kThresholds },
  );

  const watch = useRef((id: number, element: Element | null): void => {
    const old = elements.current.get(id);
    if (old && old !== element) {
      observer.current?.unobserve(old);
      ids.current.delete(old);
      elements.current.delete(id);
      set_seen((map) => new Map([...map].filter(([key]) => key !== id)));
    }
    if (element && old !== element) {
      elements.current.set(id, element);
      ids.current.set(element, id);
      observer.current?.observe(element);
    }
  });

  useEffect(() => () => observer.current?.disconnect(), []);
  return { seen, watch: watch.current };
}
