import type { Message } from "../../server/protocol/conversation.js";
import type { PageError } from "../connection/PageError.js";
import { useActions, useAppState } from "../state/AppContext.js";
import type { RegenerateOptions } from "../state/createMessageActions.js";
import { IconButton } from "../ui/IconButton.js";
import { Menu, type MenuItem } from "../ui/Menu.js";
import { messages } from "../ui/messages.js";
import { hotterTemperature } from "./hotterTemperature.js";

interface Props {
  message: Message;
  onRegenerate: (options: RegenerateOptions) => void;
  onResult: (result: Promise<PageError | undefined>) => void;
}

/** What else can be done with a reply. */
export function ReplyMenu({ message, onRegenerate, onResult }: Props) {
  const models = useAppState((state) => state.models.list);
  const temperature = useAppState(hotterTemperature);
  const { branchChat, deleteMessage, rateReply } = useActions();
  const words = messages.messageActions;
  const rate = (rating: 1 | -1) => () => onResult(rateReply(message.id, message.rating === rating ? 0 : rating));
  const items: MenuItem[] = [
    { label: words.hotter, icon: "flame", onSelect: () => onRegenerate({ sampling: { temperature } }) },
    ...(models ?? [])
      .filter(({ id }) => id !== message.modelId)
      .map(
        ({ id, name }): MenuItem => ({
          label: words.withModel(name),
          icon: "refresh",
          onSelect: () => onRegenerate({ modelId: id }),
        }),
      ),
    { label: words.branch, icon: "branch", onSelect: () => onResult(branchChat(message.id)) },
    { label: words.good, icon: "thumbUp", checked: message.rating === 1, onSelect: rate(1) },
    { label: words.bad, icon: "thumbDown", checked: message.rating === -1, onSelect: rate(-1) },
    { label: words.remove, icon: "trash", danger: true, onSelect: () => onResult(deleteMessage(message.id)) },
  ];
  return (
    <Menu
      items={items}
      label={words.more}
      align="start"
      button={(attributes) => <IconButton icon="dots" iconSize={16} label={words.more} {...attributes} />}
    />
  );
}
