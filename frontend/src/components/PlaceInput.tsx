import { useQuery } from "@tanstack/react-query";
import type { ComponentProps } from "react";
import { directoryQuery } from "@/client/queries";
import { cx } from "./cx";

const LIST_ID = "larder-places";

/** A place with type-ahead from the directory; anything else may be typed too. */
export function PlaceInput({ className, ...rest }: ComponentProps<"input">) {
  return <input list={LIST_ID} autoComplete="off" spellCheck={false} className={cx("field", className)} {...rest} />;
}

/** Rendered once on a page that has PlaceInputs. */
export function PlaceOptions() {
  const { data } = useQuery(directoryQuery);
  return (
    <datalist id={LIST_ID}>
      {Object.keys(data ?? {}).map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
