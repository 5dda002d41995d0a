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
            Get(), Set(), SettingsProposals.List(), SettingsProposals.Approve(), SettingsProposals.Withdraw(), History(), At(), Diff(), Why(), RollBack(), Replay(), Watch(), Fleet(), Convergence(), Receipts(), Describe(),
        };

    private static HuntCommand Get()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var key = new Argument<string?>("KEY") { HelpName = "KEY", Description = "one setting, explained; without it all of them", Arity = ArgumentArity.ZeroOrOne };
        key.CompletionSources.Add(_ => Keys(""));
        return new HuntCommand("get", "Shows settings: value, unit, range, default.", "./hunt settings get lane.batchCap", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsReport.GetAsync(client, parsed.GetValue(key), parsed.GetValue(json), cancel);
        }) { key, json, name };
    }

    private static IEnumerable<System.CommandLine.Completions.CompletionItem> Keys(string ending) =>
        Contracts.Settings.SettingsSchema.All.Select(setting => new System.CommandLine.Completions.CompletionItem(setting.Key + ending));

    private static HuntCommand Set()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var changes = new Argument<string[]>("KEY=VALUE") { HelpName = "KEY=VALUE", Description = "what to change, all together or not at all; KEY=default takes a change back", Arity = ArgumentArity.OneOrMore };
        changes.CompletionSources.Add(_ => Keys("="));
        var why = new Option<string>("--why") { Description = "the reason, kept in the history", Required = true };
        var ifVersion = new Option<long?>("--if-version") { Description = "only when the settings are still at this version" };
        var (timing, wait) = (new SettingsProposals.Timing(), Wait());
        return new HuntCommand(
            "set", "Changes settings while the fleet runs, for all of it or with KEY@SCOPE=VALUE for a part, and shows what every process answers.",
            "./hunt settings set lane.batchCap=64 lane.pace=5ms --why \"commits take too long\"", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            var ask = timing.Of(parsed, new Contracts.Settings.ChangeSettings(SettingsChanging.Parse(parsed.GetValue(changes)!), parsed.GetValue(why)!));
            return await SettingsChanging.SetAsync(client, ask, parsed.GetValue(ifVersion), parsed.GetValue(wait), parsed.GetValue(json), cancel);
        }, SettingsDocument.Keys) { changes, why, timing.For, timing.At, timing.BreakGlass, ifVersion, wait, json, name };
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

    private static HuntCommand At()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var moment = new Argument<string>("VERSION|TIME") { Description = "12, or 2026-11-23T04:00:00Z" };
        return new HuntCommand("at", "Shows the settings as they were.", "./hunt settings at 12", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsPast.AtAsync(client, parsed.GetValue(moment)!, parsed.GetValue(json), cancel);
        }) { moment, json, name };
    }

    private static HuntCommand Diff()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var from = new Argument<string>("A") { Description = "a version or a time" };
        var to = new Argument<string?>("B") { Description = "a version or a time; without it now", Arity = ArgumentArity.ZeroOrOne };
        return new HuntCommand("diff", "Shows what differs between two versions.", "./hunt settings diff 12", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsPast.DiffAsync(client, parsed.GetValue(from)!, parsed.GetValue(to), parsed.GetValue(json), cancel);
        }) { from, to, json, name };
    }

    private static HuntCommand Why()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var key = new Argument<string>("KEY") { HelpName = "KEY", Description = "a setting" };
        key.CompletionSources.Add(_ => Keys(""));
        var instance = new Option<string?>("--instance") { Description = "a process, such as processor-2; without it the fleet" };
        return new HuntCommand("why", "Shows which change decided a value.", "./hunt settings why lane.pace --instance processor-2", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsPast.WhyAsync(client, parsed.GetValue(key)!, parsed.GetValue(instance), parsed.GetValue(json), cancel);
        }) { key, instance, json, name };
    }

    private static HuntCommand RollBack()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var version = new Argument<long>("VERSION") { Description = "the version whose values are to hold again; 0: as it began" };
        var why = new Option<string>("--why") { Description = "the reason, kept in the history", Required = true };
        var (glass, wait) = (SettingsProposals.Timing.NewBreakGlass(), Wait());
        return new HuntCommand(
            "rollback", "Sets everything back to a version, by a new change: the history stays.", "./hunt settings rollback 12 --why \"worse than before\"",
            async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsChanging.RollBackAsync(
                client, new Contracts.Settings.RollBackSettings(parsed.GetValue(version), parsed.GetValue(why)!, parsed.GetValue(glass)), parsed.GetValue(wait), parsed.GetValue(json), cancel);
        }) { version, why, glass, wait, json, name };
    }

    private static HuntCommand Replay()
    {
        const int Most = 1_000_000;
        var (name, json) = (BoxOptions.Name(), BoxOptions.JsonLines());
        var from = new Option<long>("--from") { Description = "begin after this version", DefaultValueFactory = _ => 0 };
        var speed = new Option<double>("--speed") { Description = "times as fast as it was; 0 without pauses", DefaultValueFactory = _ => 60 };
        var pause = new Option<double>("--longest-pause") { Description = "seconds between two changes at most, however long it was", DefaultValueFactory = _ => 3 };
        foreach (var number in new[] { speed, pause })
            number.Validators.Add(result =>
            {
                if (!(result.GetValueOrDefault<double>() is >= 0 and <= Most)) result.AddError($"{number.Name} is a number from 0 to {Most}.");
            });
        return new HuntCommand("replay", "Shows the history again, change by change.", "./hunt settings replay --speed 60", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsPast.ReplayAsync(client, parsed.GetValue(from), parsed.GetValue(speed), TimeSpan.FromSeconds(parsed.GetValue(pause)), parsed.GetValue(json), TimeProvider.System, cancel);
        }) { from, speed, pause, json, name };
    }

    private static HuntCommand Watch()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.JsonLines());
        return new HuntCommand("watch", "Shows changes as they come.", "./hunt settings watch", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsPast.WatchAsync(client, parsed.GetValue(json), cancel);
        }) { json, name };
    }

    private static HuntCommand Fleet()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        return new HuntCommand(
            "fleet", "Shows whether every process works by what is desired, and names those that do not (exit code 4).", "./hunt settings fleet", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsFleet.ShowAsync(client, parsed.GetValue(json), TimeProvider.System, cancel);
        }) { json, name };
    }

    private static HuntCommand Convergence()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var limit = new Option<int>("--limit") { Description = "how many versions, the latest, 1 to 1000", DefaultValueFactory = _ => 20 };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000) result.AddError("--limit is a whole number from 1 to 1000.");
        });
        return new HuntCommand(
            "convergence", "Shows how long changes took to be in force everywhere, from the receipts.", "./hunt settings convergence --limit 5", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            return await SettingsFleet.ConvergenceAsync(client, parsed.GetValue(limit), parsed.GetValue(json), cancel);
        }) { limit, json, name };
    }

    private static HuntCommand Describe() => new(
        "describe", "Prints what every setting does, costs and accepts, as a page.", "./hunt settings describe", (_, _) =>
        {
            Screen.Line(SettingsDocument.Markdown().TrimEnd());
            return Task.FromResult(ExitCode.Ok);
        });

    private static Option<int> Wait()
    {
        var wait = new Option<int>("--wait") { Description = "seconds to wait for the receipts of the instances, 0 to 60", DefaultValueFactory = _ => 5 };
        wait.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 60) result.AddError("--wait is a whole number of seconds from 0 to 60.");
        });
        return wait;
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
