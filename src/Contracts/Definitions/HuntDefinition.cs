using System.Text.Json.Serialization;

namespace TreasureHunt.Contracts.Definitions;

/// <summary>
/// A hunt as its author wrote it, at most 512 KiB as JSON. In the stream the answers and the words of near misses are
/// sealed. Durations are written "30m", "2h", "1d" in files.
/// </summary>
public sealed record HuntDefinition
{
    public const int MaxBytes = 512 * 1024;

    /// <summary>Slug, [a-z0-9-]{1,64}, never used twice.</summary>
    public required string Hunt { get; init; }
    public required string Title { get; init; }
    public required Window Window { get; init; }
    public BoardRules? Board { get; init; }
    public Ranking Ranking { get; init; } = Ranking.Points;

    /// <summary>imported: a service token says when each action happened (contest logs).</summary>
    public Clock Clock { get; init; } = Clock.Wall;
    public required IReadOnlyList<Treasure> Treasures { get; init; }
}

/// <summary>A hunt is judged while opens &lt;= now &lt; closes.</summary>
public sealed record Window(DateTimeOffset Opens, DateTimeOffset Closes);

/// <param name="FreezeAt">from here on the public board stands still until it is thawed</param>
public sealed record BoardRules(DateTimeOffset? FreezeAt = null);

[JsonConverter(typeof(RankingConverter))]
public enum Ranking { Points, SolvedThenPenalty }

[JsonConverter(typeof(ClockConverter))]
public enum Clock { Wall, Imported }

public sealed record Treasure
{
    /// <summary>[a-z0-9-]{1,64}, unique in the hunt.</summary>
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required string Clue { get; init; }
    public required AnswerRule Answer { get; init; }
    public Needs? Needs { get; init; }
    public required ValueRule Value { get; init; }

    /// <summary>Extra points for finders 1, 2, 3 …</summary>
    public IReadOnlyList<int> Firsts { get; init; } = [];

    /// <summary>How many teams may find it; null: all.</summary>
    public int? Copies { get; init; }
    public AttemptRule? Attempts { get; init; }
    public IReadOnlyList<Hint> Hints { get; init; } = [];

    /// <summary>Order matters: facts name a near miss by its index.</summary>
    public IReadOnlyList<NearMiss> NearMisses { get; init; } = [];
}

/// <param name="Text">any of these, compared after normalisation; sealed in the stream</param>
public sealed record AnswerRule(IReadOnlyList<string> Text);

/// <summary>Exactly one of the members is set.</summary>
public sealed record Needs
{
    public IReadOnlyList<string>? All { get; init; }
    public IReadOnlyList<string>? Any { get; init; }
    public int? AtLeast { get; init; }

    /// <summary>With AtLeast.</summary>
    public IReadOnlyList<string>? Of { get; init; }
    public int? Points { get; init; }

    /// <summary>Since the hunt opened.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? After { get; init; }
}

/// <summary>A plain number of points (Fixed), or a decay from From to To over Over finders. In JSON: 100, or an object.</summary>
[JsonConverter(typeof(ValueRuleConverter))]
public sealed record ValueRule
{
    public int? Fixed { get; init; }
    public Decay Decay { get; init; }
    public int From { get; init; }
    public int To { get; init; }
    public int Over { get; init; }
    public ValuePolicy Policy { get; init; }

    [JsonIgnore]
    public bool IsLive => Fixed is null && Policy == ValuePolicy.Live;

    /// <summary>
    /// Points of the n-th finder (n from 1): From at n = 1, To from n = Over + 1 on. Linear in n, or exponential
    /// From * (To/From)^((n-1)/Over), rounded half away from zero.
    /// </summary>
    public int At(int n)
    {
        if (Fixed is { } value) return value;
        if (n <= 1) return From;
        if (n > Over) return To;
        var share = (n - 1) / (double)Over;
        var exact = Decay == Decay.Linear ? From + (To - From) * share : From * Math.Pow(To / (double)From, share);
        return (int)Math.Round(exact, MidpointRounding.AwayFromZero);
    }
}

public enum Decay { Exponential, Linear }

/// <summary>Locked: a finder keeps what the find was worth. Live: every finder has today's value.</summary>
public enum ValuePolicy { Locked, Live }

/// <param name="Max">judged guesses per window and team</param>
/// <param name="Per">length of the sliding window</param>
/// <param name="Penalty">per wrong guess: points at once (ranking points), minutes on a found treasure (solved-then-penalty)</param>
public sealed record AttemptRule(
    int? Max = null, [property: JsonConverter(typeof(DurationConverter))] TimeSpan? Per = null, int Penalty = 0);

/// <param name="Cost">points, or minutes on a found treasure for solved-then-penalty</param>
/// <param name="After">since the treasure was unlocked for the team</param>
public sealed record Hint(string Id, string Text, int Cost = 0, [property: JsonConverter(typeof(DurationConverter))] TimeSpan? After = null);

/// <param name="Word">sealed in the stream</param>
public sealed record NearMiss(string Word, string Says);
