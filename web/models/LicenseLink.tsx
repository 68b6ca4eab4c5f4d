interface Props {
  license: { name: string; url?: string | undefined };
}

/** A licence with the way to its text, in another tab. */
export function LicenseLink({ license: { name, url } }: Props) {
  if (!url || !/^https?:\/\//.test(url)) return name;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener">
      {name}
    </a>
  );
}
