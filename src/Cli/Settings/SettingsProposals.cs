using System.CommandLine;
using System.Globalization;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Cli.Settings;

/// <summary>hunt settings proposals, approve, withdraw: changes that wait for their time or for a second person, and values that end.</summary>
public static class SettingsProposals
{
    public static HuntCommand List()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var all = new Option<bool>("--all") { Description = "also those that are done, refused or withdrawn" };
        return new HuntCommand(
            "proposals", "Shows changes that wait for their time or for a second person, and values that end.", "./hunt settings proposals", async (parsed, cancel) =>
        {
            using var client = SettingsClient.Of(parsed.GetValue(name)!);
            var plans = await client.ProposalsAsync(parsed.GetValue(all), cancel);
            if (parsed.GetValue(json)) SettingsReport.Print(plans, Wire.Default.SettingsPlans);
            else Show(plans);
            return ExitCode.Ok;
        }) { all, json, name };
    }

    public static HuntCommand Approve()
    {
        var (name, json, id) = (BoxOptions.Name(), BoxOptions.Json(), Id());
        return new HuntCommand(
            "approve", "Approves what somebody else proposed; it is made at once, or at its time.", "./hunt settings approve 7",
            (parsed, cancel) => ShowAsync(parsed.GetValue(name)!, parsed.GetValue(json), client => client.ApproveAsync(parsed.GetValue(id), cancel))) { id, json, name };
    }

    public static HuntCommand Withdraw()
    {
        var (name, json, id) = (BoxOptions.Name(), BoxOptions.Json(), Id());
        var why = new Option<string>("--why") { Description = "the reason, kept with the proposal", Required = true };
        return new HuntCommand(
            "withdraw", "Takes a proposal back: it will not be made.", "./hunt settings withdraw 7 --why \"not needed any more\"",
            (parsed, cancel) => ShowAsync(parsed.GetValue(name)!, parsed.GetValue(json), client => client.WithdrawAsync(parsed.GetValue(id), parsed.GetValue(why)!, cancel))) { id, why, json, name };
    }

    /// <summary>--for 30m, --at 2026-12-01T18:00Z, --break-glass "why": when a change is made, for how long, and without whom.</summary>
    public sealed class Timing
    {
        public Option<string?> For { get; } = new("--for") { Description = "go back by itself after 90s, 30m, 2h or 1d" };
        public Option<string?> At { get; } = new("--at") { Description = "make the change then, as in 2026-12-01T18:00Z" };
        public Option<string?> BreakGlass { get; } = NewBreakGlass();

        public static Option<string?> NewBreakGlass() => new("--break-glass") { Description = "change dangerous settings without a second person; says why, and is kept in the history" };

        /// <exception cref="CommandFailed">not a duration, or not a moment</exception>
        public ChangeSettings Of(ParseResult parsed, ChangeSettings ask) => ask with
        {
            ForSeconds = parsed.GetValue(For) is { } duration ? Seconds(duration) : null,
            At = parsed.GetValue(At) is { } moment ? Moment(moment) : null,
            BreakGlass = parsed.GetValue(BreakGlass),
        };
    }

    /// <exception cref="CommandFailed">not a whole number with s, m, h or d</exception>
    public static int Seconds(string duration) =>
        DurationConverter.TryParse(duration, out var span) && span >= TimeSpan.FromSeconds(1) && span.TotalSeconds <= ChangeSettings.MaxForSeconds
            ? (int)span.TotalSeconds
            : throw new CommandFailed(ExitCode.Usage, $"--for '{duration}': use a whole number with s, m, h or d, such as 30m, from 1s to {ChangeSettings.MaxForSeconds / 86400}d.");

    /// <exception cref="CommandFailed">no moment</exception>
    public static DateTimeOffset Moment(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : throw new CommandFailed(ExitCode.Usage, $"--at '{text}' is no moment, such as 2026-12-01T18:00Z.");

    public static string Words(SettingsProposal proposal) => proposal.State switch
    {
        ProposalState.Waiting => $"proposal {proposal.Id} waits for a second person until {Time(proposal.Lapses)}: ./hunt settings approve {proposal.Id}",
        ProposalState.Scheduled when proposal.Due > proposal.At => $"proposal {proposal.Id} is made at {Time(proposal.Due)}{(proposal.ApprovedBy is { } by ? $", approved by {by}" : "")}",
        ProposalState.Scheduled => $"proposal {proposal.Id} is being made",
        ProposalState.Applied => $"proposal {proposal.Id} is version {proposal.Version}",
        ProposalState.Refused => $"proposal {proposal.Id} is refused: {proposal.Reason}",
        _ => $"proposal {proposal.Id} is withdrawn ({proposal.Reason})",
    };

    /// <summary>What a change has beside who and why: its end, who approved it, broken glass, what brought it about.</summary>
    public static string Notes(SettingsChange change) => string.Join(", ", new[]
    {
        change.Until is { } until ? $"until {Time(until)}" : null,
        change.Proposal is { } proposal ? $"proposal {proposal}" : null,
        change.ApprovedBy is { } by ? $"approved by {by}" : null,
        change.BreakGlass is { } glass ? $"BREAK-GLASS: {glass}" : null,
        change.Cause,
    }.Where(note => note is not null));

    public static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static async Task<ExitCode> ShowAsync(string name, bool json, Func<SettingsClient, Task<SettingsProposal>> ask)
    {
        using var client = SettingsClient.Of(name);
        var proposal = await ask(client);
        if (json) SettingsReport.Print(proposal, Wire.Default.SettingsProposal);
        else Screen.Line(Words(proposal));
        return proposal.State == ProposalState.Refused ? ExitCode.Failed : ExitCode.Ok;
    }

    private static void Show(SettingsPlans plans)
    {
        if (plans.Proposals.Count + plans.Returns.Count == 0)
        {
            Screen.Line("Nothing waits, and no value ends by itself.");
            return;
        }
        if (plans.Proposals.Count > 0)
            Screen.Table(["proposal", "who", "what", "why", "standing"], plans.Proposals.Select(proposal => new[]
            {
                $"{proposal.Id}", proposal.Who, string.Join(", ", proposal.Changes.Select(change => $"{change.Key}={change.Value?.Text ?? "default"}"))
                    + (proposal.ForSeconds is { } seconds ? $" for {TimeSpan.FromSeconds(seconds)}" : ""),
                proposal.Why, Words(proposal),
            }));
        if (plans.Returns.Count > 0)
            Screen.Table(["version", "ends (UTC)", "what holds then", "standing"], plans.Returns.Select(ends => new[]
            {
                $"{ends.Version}", $"{ends.Until.UtcDateTime:yyyy-MM-dd HH:mm:ss}", string.Join(", ", ends.Items.Select(SettingsReport.Words)), ends.Overdue is { } why ? $"OVERDUE: {why}" : "",
            }));
    }

    private static Argument<long> Id() => new("ID") { Description = "number of the proposal, see: hunt settings proposals" };
}
