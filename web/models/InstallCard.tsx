import { useActions, useAppState } from "../state/AppContext.js";
import { unfinishedInstalls } from "../state/reduceInstalls.js";
import { pathOfScreen } from "../state/route.js";
import { formatBytes } from "../ui/formatBytes.js";
import { isPlainClick } from "../ui/isPlainClick.js";
import { messages } from "../ui/messages.js";
import { installStepWords } from "./describeInstall.js";
import { FitBadge } from "./FitBadge.js";
import styles from "./InstallCard.module.css";
import { recommendedVariant } from "./recommendedVariant.js";
import { suggestedModels } from "./suggestedModels.js";

/** On an empty page: a few models that would be better than what there is, with sizes and how well each fits. */
export function InstallCard() {
  const none = useAppState((state) => state.models.list?.length === 0);
  const installable = useAppState((state) => state.installs.installable);
  const install = useAppState((state) => unfinishedInstalls(state.installs)[0]);
  const { openModels } = useActions();
  const words = messages.install;
  const title = none ? words.cardTitleNone : words.cardTitle;
  const suggested = suggestedModels(installable ?? []);
  return (
    <section className={styles.card} aria-label={title}>
      <h3 className={styles.title}>{title}</h3>
      {install ? (
        <p className={styles.progress}>
          {install.name}: {installStepWords(install)} {Math.floor(install.progress * 100)} %
        </p>
      ) : (
        <ul className={styles.list}>
          {suggested.map((model) => {
            const best = recommendedVariant(model);
            return best ? (
              <li key={model.modelId}>
                <button type="button" className={styles.row} onClick={() => openModels(model.modelId)}>
                  <span className={styles.name}>
                    <span className="visuallyHidden">{words.installVerb} </span>
                    {model.name}
                  </span>
                  <span className={styles.size}>{formatBytes(best.sizeBytes)}</span>
                  <FitBadge fit={best.fit} />
                </button>
              </li>
            ) : null;
          })}
        </ul>
      )}
      <a
        className={styles.all}
        href={pathOfScreen("models")}
        onClick={(event) => {
          if (!isPlainClick(event)) return;
          event.preventDefault();
          openModels();
        }}
      >
        {words.cardAll}
      </a>
    </section>
  );
}
