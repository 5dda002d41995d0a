namespace TreasureHunt.Cli.Contests;

/// <summary>
/// A programming contest as its log tells it, in one shape whatever the format. Times are since the start, in whole
/// milliseconds. Runs are in the order of submission and carry their final verdict.
/// </summary>
public sealed record Contest
{
    public required ContestFormat Format { get; init; }
    public required string Name { get; init; }

    /// <summary>Invented (and said so in <see cref="Notes"/>) where the log gives no date.</summary>
    public required DateTimeOffset Start { get; init; }
    public required TimeSpan Duration { get; init; }

    /// <summary>From here on the public board stands still; null: never.</summary>
    public TimeSpan? FreezeAt { get; init; }

    /// <summary>Minutes for each rejected run before the accepted one.</summary>
    public required int PenaltyMinutes { get; init; }
    public PenaltyCount PenaltyCount { get; init; }

    /// <summary>Some formats list only what counts, so a run at or after the end counts; elsewhere it came too late.</summary>
    public bool LateRunsCount { get; init; }
    public required IReadOnlyList<ContestProblem> Problems { get; init; }
    public required IReadOnlyList<ContestTeam> Teams { get; init; }
    public required IReadOnlyList<ContestRun> Runs { get; init; }

    /// <summary>What the input itself publishes as result.</summary>
    public PublishedResult Published { get; init; } = new();

    /// <summary>What was left out, assumed or invented while reading, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public DateTimeOffset End => Start + Duration;

    /// <summary>Is the run before the end, or does this format count late ones?</summary>
    public bool Counts(ContestRun run) => LateRunsCount || run.At < Duration;
}

public enum ContestFormat
{
    /// <summary>ICPC Contest API: event-feed.ndjson.</summary>
    EventFeed,
    /// <summary>xcpcio board: config.json, team.json, run.json.</summary>
    Xcpcio,
    /// <summary>PCMS2 monitor, as NERC publishes it: standings.xml.</summary>
    StandingsXml,
}

public enum PenaltyCount
{
    /// <summary>Each accepted run's time is cut to whole minutes. The engine's own rule.</summary>
    WholeMinutes,
    /// <summary>The contest itself adds seconds (and may cut the sum to minutes).</summary>
    Seconds,
}

public sealed record ContestProblem(string Id, string Label, string Name);

public sealed record ContestTeam(string Id, string Name);

public sealed record ContestRun(string Id, string Team, string Problem, TimeSpan At, Verdict Verdict);

public enum Verdict
{
    Accepted,
    /// <summary>Costs the penalty if the problem is solved later.</summary>
    Rejected,
    /// <summary>Judged and costs nothing, such as a compile error.</summary>
    Free,
}

/// <summary>Results inside the input; empty lists where the format holds none.</summary>
public sealed record PublishedResult
{
    public IReadOnlyList<PublishedTotal> Totals { get; init; } = [];
    public IReadOnlyList<PublishedFirst> Firsts { get; init; } = [];
}

/// <param name="Position">place in the published list, from 1</param>
/// <param name="LastAccepted">null where the list does not say</param>
public sealed record PublishedTotal(string Team, int Position, int Solved, long PenaltyMinutes, TimeSpan? LastAccepted);

/// <summary>An award of the organisers: who solved the problem first. No team: nobody did.</summary>
public sealed record PublishedFirst(string Problem, IReadOnlyList<string> Teams);
