/** No screen, dialog or menu shuts anybody out; those about keys have a file of their own, so that both run side by side. */
import { keyward } from "../../platforms/keyward.ts";
import { screensOf } from "../screens.ts";
import { testBarriers } from "../support/barriers.ts";

const names = screensOf(keyward).map(({ name }) => name);

testBarriers(
  "keyward",
  names.filter((name) => !name.startsWith("key")),
);
