using System.CommandLine;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Settings;

/// <summary>hunt settings: what the running fleet works by, and who changed it.</summary>
public static class SettingsCommand
{
    public static Command Create() =>
        new HuntCommand("settings", "Shows and changes the settings of the running fleet; every change is kept in the history.", "./hunt settings get")
        {
            Get(), Set(), History(), Receipts(),
        };

    private static HuntCommand Get()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var key = new Argument<string?>("KEY") { Description = "one setting, explained; without it all of them", Arity = ArgumentArity.ZeroOrOne };
        key.CompletionSources.Add(_ => Contracts.Settings.SettingsSchema.All.Select(setting => new System.CommandLine.Completions.CompletionItem(setting.Key)));
        return new HuntCommand("get", "Shows settings: value, unit, range, default.", "./hunt settings get lane.batchCap", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsReport.GetAsync(client, parsed.GetValue(key), parsed.GetValue(json), cancel);
        }) { key, json, name };
    }

    private static HuntCommand Set()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var changes = new Argument<string[]>("KEY=VALUE") { Description = "what to change, all together or not at all; KEY=default takes a change back", Arity = ArgumentArity.OneOrMore };
        var why = new Option<string>("--why") { Description = "the reason, kept in the history", Required = true };
        var ifVersion = new Option<long?>("--if-version") { Description = "only when the settings are still at this version" };
        var wait = new Option<int>("--wait") { Description = "seconds to wait for the receipts of the instances, 0 to 60", DefaultValueFactory = _ => 5 };
        wait.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 60) result.AddError("--wait is a whole number of seconds from 0 to 60.");
        });
        return new HuntCommand(
            "set", "Changes settings of the whole fleet while it runs, and shows what every process answers.",
            "./hunt settings set lane.batchCap=64 lane.pace=5ms --why \"commits take too long\"", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsChanging.SetAsync(
                client, parsed.GetValue(changes)!, parsed.GetValue(why)!, parsed.GetValue(ifVersion), parsed.GetValue(wait), parsed.GetValue(json), cancel);
        }) { changes, why, ifVersion, wait, json, name };
    }

    private static HuntCommand History()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var limit = new Option<int>("--limit") { Description = "how many changes, the latest, 1 to 1000", DefaultValueFactory = _ => 20 };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000) result.AddError("--limit is a whole number from 1 to 1000.");
        });
        return new HuntCommand("history", "Shows who changed what, when and why.", "./hunt settings history --limit 5", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsReport.HistoryAsync(client, parsed.GetValue(limit), parsed.GetValue(json), cancel);
        }) { limit, json, name };
    }

    private static HuntCommand Receipts()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        return new HuntCommand(
            "receipts", "Shows which version every process works by, and how long it took to get there.", "./hunt settings receipts", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsReport.ReceiptsAsync(client, parsed.GetValue(json), cancel);
        }) { json, name };
    }
}
