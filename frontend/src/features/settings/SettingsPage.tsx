import { ActivityList } from "@/features/accounts/ActivityList";
import { useSession } from "@/features/accounts/api";
import { People } from "@/features/accounts/People";
import { SlackPanel } from "@/features/accounts/SlackPanel";
import { DeadLetters } from "./DeadLetters";
import { DirectoryEditor } from "./DirectoryEditor";
import { Forget } from "./Forget";
import { TablesEditor } from "./TablesEditor";

export function SettingsPage() {
  const { data: session } = useSession();
  const isAdmin = session?.me?.role === "admin";
  return (
    <div className="space-y-5">
      <h1 className="text-2xl font-semibold">Settings</h1>
      <DirectoryEditor />
      {isAdmin && <DeadLetters />}
      <TablesEditor />
      {isAdmin && <SlackPanel />}
      {isAdmin && session.mode === "accounts" && <People />}
      {isAdmin && <Forget />}
      {isAdmin && <ActivityList />}
    </div>
  );
}
