import type { TileState } from "../model/tile_state";
import { Icon } from "./icon";
import type { StatusText } from "./status_text";

/** What stands over the picture when it is not simply live. */
export function Status({ state, text }: { state: TileState; text: StatusText }) {
  if (state === "live") {
    return null;
  }
  return (
    <div class="status">
      <div class="status-box">
        <Icon name={state} />
        <span class="status-title">{text.title}</span>
        {text.detail !== "" && <span class="status-detail">{text.detail}</span>}
      </div>
    </div>
  );
}
