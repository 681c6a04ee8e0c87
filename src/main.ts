import { provider } from "./ocm/provider.ts";

await provider.main();
