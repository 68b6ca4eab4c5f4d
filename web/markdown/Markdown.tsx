import { Component, type ReactNode, useRef, useState } from "react";
import { firstOfEach, withDefinitions } from "./definitionsIn.js";
import styles from "./Markdown.module.css";
import { MarkdownBlock } from "./MarkdownBlock.js";
import { noBlocks, splitBlocks } from "./splitBlocks.js";

interface Props {
  text: string;
  /** The text is still being written. */
  streaming: boolean;
}

/** Markdown that may still grow: cut into blocks, of which only the last one is parsed again when text is added. */
export function Markdown({ text, streaming }: Props) {
  const split = useRef(noBlocks);
  const [live] = useState(streaming);
  split.current = splitBlocks(text, split.current);
  const { blocks } = split.current;
  const definitions = firstOfEach(blocks.flatMap((block) => block.definitions));
  return (
    <div className={styles.markdown}>
      {blocks.map((block, index) => (
        <PlainOnCrash key={block.start} text={block.text}>
          <MarkdownBlock
            text={withDefinitions(block, definitions)}
            open={streaming && index === blocks.length - 1}
            live={live}
          />
        </PlainOnCrash>
      ))}
    </div>
  );
}

/** If a block cannot be drawn, its text is shown as it is rather than nothing. */
class PlainOnCrash extends Component<{ text: string; children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    return this.state.crashed ? <p className={styles.plain}>{this.props.text}</p> : this.props.children;
  }
}
