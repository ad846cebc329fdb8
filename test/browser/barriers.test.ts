/** No screen, dialog or menu shuts anybody out; those about keys have a file of their own, as have those of other platforms: many files run side by side. */
import { testBarriers } from "../support/barriers.ts";

testBarriers("keyward", ({ name }) => !name.startsWith("key"));
