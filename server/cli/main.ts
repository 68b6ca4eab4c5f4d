#!/usr/bin/env node
import { isSupportedNode, supportedNode } from "../platform/supportedNode.js";

// The rest is imported only where it can be: on an older Node it would end in a SyntaxError that names a module of Node's. For the same
// reason there is no `await` here, and no "node:" import: Node 12 takes this file, too.
if (isSupportedNode(process.versions.node))
  void import("./runCommandLine.js").then(({ runCommandLine }) => runCommandLine(process.argv));
else {
  console.error(`Cria needs Node ${supportedNode}; this is ${process.versions.node}. Get it from nodejs.org.`);
  process.exitCode = 1;
}
