import { messages } from "../ui/messages.js";

interface Props {
  license: { name: string; url?: string | undefined };
}

/** A licence with the way to its text, in another tab. */
export function LicenseLink({ license: { name, url } }: Props) {
  const said = messages.models.described(name);
  if (!url || !/^https?:\/\//.test(url)) return said;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener">
      {said}
    </a>
  );
}
