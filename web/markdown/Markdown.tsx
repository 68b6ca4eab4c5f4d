import { Component, type ReactNode, useRef, useState } from "react";
import styles from "./Markdown.module.css";
import { MarkdownBlock } from "./MarkdownBlock.js";
import { blockAt, noBlocks, splitBlocks } from "./splitBlocks.js";
import { withDefinitions } from "./withDefinitions.js";

interface Props {
  text: string;
  /** The text is still being written. */
  streaming: boolean;
}

/** Markdown that may still grow: cut into blocks, of which only the last one is parsed again when text is added. */
export function Markdown({ text, streaming }: Props) {
  const blocks = useRef(noBlocks);
  const [live] = useState(streaming);
  blocks.current = splitBlocks(text, blocks.current);
  const { starts } = blocks.current;
  return (
    <div className={styles.markdown}>
      {starts.map((start, index) => {
        const block = blockAt(blocks.current, index);
        return (
          <PlainOnCrash key={start} text={block}>
            <MarkdownBlock
              text={withDefinitions(block, text)}
              open={streaming && index === starts.length - 1}
              live={live}
            />
          </PlainOnCrash>
        );
      })}
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
