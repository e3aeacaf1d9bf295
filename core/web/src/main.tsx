import { render } from "preact";
import "./style/base.css";
import "./style/header.css";
import "./style/grid.css";
import "./style/tile.css";
import "./style/full_view.css";
import "./style/notice.css";
import { App } from "./view/app";

const root = document.getElementById("app");
if (root) {
  render(<App />, root);
}
