import type { LiveCamera, LiveReport, SourceState } from "../api/types";

/**
 * The last report once the gateway cannot be reached: what the cameras are stays, how they do is not known. They count
 * as connecting, so that the players wait calmly, and try at once when the gateway is back and says "live".
 */
export function stale_report(report: LiveReport | undefined): LiveReport | undefined {
  if (!report) {
    return undefined;
  }
  const aged = (camera: LiveCamera): LiveCamera => {
    const state: SourceState = camera.state === "disabled" ? "disabled" : "connecting";
    return { ...camera, state, since_ms: null, cause: null };
  };
  return { engine: report.engine, cameras: new Map([...report.cameras].map(([id, camera]) => [id, aged(camera)])) };
}
