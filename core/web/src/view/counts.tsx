import type { Camera, LiveReport } from "../api/types";
import { use_messages } from "../i18n/context";

interface Props {
  cameras: Camera[];
  live: LiveReport | undefined;
  shown: number;
}

/** How many of all cameras are live and offline, and how many a filter leaves. */
export function Counts({ cameras, live, shown }: Props) {
  const messages = use_messages();
  const of_state = (state: string): number => cameras.filter((camera) => live?.cameras.get(camera.id)?.state === state).length;
  const offline = of_state("offline");
  return (
    <p class="counts">
      {live && <span class="count count-live">{messages.count_live(of_state("live"))}</span>}
      {offline > 0 && <span class="count count-offline">{messages.count_offline(offline)}</span>}
      {shown !== cameras.length && <span class="count">{messages.count_shown(shown, cameras.length)}</span>}
    </p>
  );
}
