import { useEffect, useRef } from "react";
import { useShallow } from "zustand/react/shallow";
import { useActions, useAppState } from "../state/AppContext.js";
import { unfinishedInstalls } from "../state/reduceInstalls.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import { InstallableRow } from "./InstallableRow.js";
import { InstalledRow } from "./InstalledRow.js";
import { InstallRow } from "./InstallRow.js";
import { InstallSource } from "./InstallSource.js";
import styles from "./ModelsScreen.module.css";

/** With more, what can be installed is far below. */
const manyModels = 5;

/** All models: those that are being installed, those that are here, and those that could be. */
export default function ModelsScreen() {
  const list = useAppState((state) => state.models.list);
  const installable = useAppState((state) => state.installs.installable);
  const error = useAppState((state) => state.installs.error);
  const underWay = useAppState(useShallow((state) => unfinishedInstalls(state.installs)));
  const unreachable = useAppState((state) => state.connection.status === "unreachable");
  const { fetchInstalls } = useActions();
  const heading = useRef<HTMLHeadingElement>(null);
  const availableHeading = useRef<HTMLHeadingElement>(null);
  const words = messages.install;
  const engines = [...new Set(list?.flatMap(({ engine }) => engine ?? []))];
  const busyIds = new Set(underWay.map(({ modelId }) => modelId));
  const available = installable?.filter((model) => !model.installed && !busyIds.has(model.modelId));

  // How much memory is free changes from minute to minute.
  useEffect(() => void fetchInstalls(), [fetchInstalls]);

  return (
    <div className={styles.screen}>
      <div className={styles.column}>
        <h1 className={styles.title}>{words.title}</h1>
        <p className={styles.lead}>
          {engines.length === 0
            ? words.lead
            : words.leadElsewhere(new Intl.ListFormat(messages.locale).format(engines))}
        </p>
        {list !== undefined && list.length > manyModels ? (
          <Button icon="download" className={styles.jump ?? ""} onClick={() => availableHeading.current?.focus()}>
            {words.jumpToAvailable}
          </Button>
        ) : null}

        {underWay.length > 0 ? (
          <section aria-labelledby="models-under-way">
            <h2 id="models-under-way" className={styles.heading}>
              {words.underWay}
            </h2>
            <ul className={styles.list}>
              {underWay.map((install) => (
                <InstallRow key={install.modelId} install={install} />
              ))}
            </ul>
          </section>
        ) : null}

        <section aria-labelledby="models-installed">
          <h2 id="models-installed" ref={heading} tabIndex={-1} className={styles.heading}>
            {words.installed}
          </h2>
          {list?.length === 0 ? <p className={styles.lead}>{words.noneInstalled}</p> : null}
          <ul className={styles.list}>
            {list?.map((model) => (
              <InstalledRow key={model.id} model={model} onRemoved={() => heading.current?.focus()} />
            ))}
          </ul>
        </section>

        <section aria-labelledby="models-available">
          <h2 id="models-available" ref={availableHeading} tabIndex={-1} className={styles.heading}>
            {words.available}
          </h2>
          {available || error ? null : (
            <p className={styles.lead}>{unreachable ? messages.connection.waiting : words.loading}</p>
          )}
          {error ? (
            <Notice
              title={words.failed}
              action={<Button onClick={() => void fetchInstalls()}>{messages.errors.tryAgain}</Button>}
            >
              <p>{messages.errors.said(error).message}</p>
            </Notice>
          ) : null}
          <InstallSource />
          <ul className={styles.list}>
            {available?.map((model) => (
              <InstallableRow key={model.modelId} model={model} />
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}
