import { LookOnly } from "@/components/LookOnly";
import { ActivityList } from "@/features/accounts/ActivityList";
import { useMay, useSession } from "@/features/accounts/api";
import { People } from "@/features/accounts/People";
import { SlackPanel } from "@/features/accounts/SlackPanel";
import { DeadLetters } from "./DeadLetters";
import { DirectoryEditor } from "./DirectoryEditor";
import { Forget } from "./Forget";
import { TablesEditor } from "./TablesEditor";

export function SettingsPage() {
  const { data: session } = useSession();
  const mayKeep = useMay("auditor");
  const isAdmin = session?.me?.role === "admin";
  return (
    <div className="space-y-5">
      <h1 className="text-2xl font-semibold">Settings</h1>
      <LookOnly only={!mayKeep}>
        <DirectoryEditor />
      </LookOnly>
      {isAdmin && <DeadLetters />}
      <LookOnly only={!mayKeep}>
        <TablesEditor />
      </LookOnly>
      {isAdmin && <SlackPanel />}
      {isAdmin && session.mode === "accounts" && <People />}
      {isAdmin && <Forget />}
      {isAdmin && <ActivityList />}
    </div>
  );
}
