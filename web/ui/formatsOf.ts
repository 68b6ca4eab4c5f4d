/** How a language writes numbers, counts and times. `locale`: a BCP 47 tag. */
export function formatsOf(locale: string) {
  const number = new Intl.NumberFormat(locale);
  const oneDecimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const plurals = new Intl.PluralRules(locale);
  return {
    number,
    /** Always with one decimal. */
    oneDecimal,
    /** A number and what it counts, for languages that tell one from many. */
    count: (value: number, one: string, many: string) =>
      `${number.format(value)} ${plurals.select(value) === "one" ? one : many}`,
    duration: (ms: number) => (ms < 100 ? `${number.format(Math.round(ms))} ms` : `${oneDecimal.format(ms / 1000)} s`),
    percent: (fraction: number) => `${number.format(Math.floor(fraction * 100))} %`,
    /** A probability, exact where it is small. */
    probability: (fraction: number) => {
      const value = fraction * 100;
      if (value > 0 && value < 0.1) return `< ${oneDecimal.format(0.1)} %`;
      return `${value < 10 ? oneDecimal.format(value) : number.format(Math.round(value))} %`;
    },
  };
}
