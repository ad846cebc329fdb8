/** No screen, dialog or menu about keys shuts anybody out. */
import { keyward } from "../../platforms/keyward.ts";
import { screensOf } from "../screens.ts";
import { testBarriers } from "../support/barriers.ts";

const names = screensOf(keyward).map(({ name }) => name);

testBarriers(
  "keyward",
  names.filter((name) => name.startsWith("key")),
);
