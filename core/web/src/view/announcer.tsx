import { useEffect, useRef, useState } from "preact/hooks";
import type { Camera, LiveReport } from "../api/types";
import { use_messages } from "../i18n/context";
import { announcement, settle, type Settled } from "../model/announce";

/** Tells screen readers of cameras that went or came back; silent about everything else. */
export function Announcer({ cameras, live }: { cameras: Camera[] | undefined; live: LiveReport | undefined }) {
  const messages = use_messages();
  const settled = useRef<Settled>(new Map());
  const [said, set_said] = useState("");

  useEffect(() => {
    if (!live) {
      return;
    }
    const change = settle(settled.current, live);
    settled.current = change.settled;
    const names = new Map((cameras ?? []).map((camera) => [camera.id, camera.name]));
    const text = announcement(change, names, messages);
    if (text !== "") {
      set_said(text);
    }
  }, [live, cameras, messages]);

  return (
    <div class="for-screen-readers" aria-live="polite">
      {said}
    </div>
  );
}
