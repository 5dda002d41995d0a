using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Cli.Contests;

/// <summary>
/// A contest as a hunt. A problem is a treasure, an accepted run its answer, a rejected run a wrong guess that no other
/// run repeats, a free one the near miss. The clock is the contest's own. Runs on a problem already solved are sent
/// too: refusing them is the engine's business.
/// </summary>
public sealed class ContestHunt
{
    private const string FreeWord = "compile error";
    private const int MaxNameLength = 80;
    private readonly Contest _contest;

    /// <param name="hunt">slug of the hunt; null: made from the contest's name</param>
    public ContestHunt(Contest contest, string? hunt = null)
    {
        _contest = contest;
        Hunt = hunt ?? Slugs.Of(contest.Name, "contest");
        Teams = new Slugs(contest.Teams.Select(t => (t.Id, t.Id)), "team");
        Treasures = new Slugs(contest.Problems.Select(p => (p.Id, p.Label)), "problem");
    }

    public string Hunt { get; }
    public Slugs Teams { get; }
    public Slugs Treasures { get; }

    public HuntDefinition Definition => new()
    {
        Hunt = Hunt,
        Title = Shown(_contest.Name, Hunt),
        Window = new Window(_contest.Start, Closes),
        Board = _contest.FreezeAt is { } freeze ? new BoardRules(_contest.Start + freeze) : null,
        Ranking = Ranking.SolvedThenPenalty,
        Clock = Clock.Imported,
        Treasures = [.. _contest.Problems.Select(Treasure)],
    };

    /// <summary>Every team, those without a run too, registered as the contest begins.</summary>
    public IReadOnlyList<ContestAction> Registrations =>
    [
        .. _contest.Teams.Select((team, index) => new ContestAction(
            new RegisterTeam(Teams[team.Id], Shown(team.Name, team.Id)) { ActionId = IdOf("team", team.Id, index, TimeSpan.Zero) },
            _contest.Start)),
    ];

    /// <summary>Every run in the order of submission.</summary>
    public IReadOnlyList<ContestAction> Runs =>
    [
        .. _contest.Runs.Select((run, index) => new ContestAction(
            new SubmitAnswer(Treasures[run.Problem], Guess(run, index))
            {
                ActionId = IdOf("run", run.Id, index, run.At),
                OnBehalfOf = Teams[run.Team],
            },
            _contest.Start + run.At)),
    ];

    /// <summary>The contest's end; later where the format counts runs at or after it.</summary>
    private DateTimeOffset Closes
    {
        get
        {
            var last = _contest.LateRunsCount && _contest.Runs.Count > 0 ? _contest.Start + _contest.Runs[^1].At : DateTimeOffset.MinValue;
            return last < _contest.End ? _contest.End : last + TimeSpan.FromMilliseconds(1);
        }
    }

    private Treasure Treasure(ContestProblem problem) => new()
    {
        Id = Treasures[problem.Id],
        Title = Shown(problem.Name, $"Problem {problem.Label}"),
        Clue = $"Problem {problem.Label}",
        Answer = new AnswerRule([Answer(problem.Id)]),
        Value = new ValueRule { Fixed = 1 },
        Attempts = new AttemptRule(Max: null, Per: null, Penalty: _contest.PenaltyMinutes),
        NearMisses = [new NearMiss(FreeWord, "It did not get as far as being tried: no penalty.")],
    };

    private string Guess(ContestRun run, int index) => run.Verdict switch
    {
        Verdict.Accepted => Answer(run.Problem),
        Verdict.Free => FreeWord,
        _ => $"rejected run {(index + 1).ToString(CultureInfo.InvariantCulture)}",
    };

    /// <summary>Differs from treasure to treasure, as the check of a hunt wants it.</summary>
    private string Answer(string problem) => $"accepted {Treasures[problem]}";

    /// <summary>UUIDv7 of the moment in the contest and a hash of what it names: the same log gives the same ids.</summary>
    private Guid IdOf(string kind, string id, int index, TimeSpan at)
    {
        Span<byte> bytes = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{_contest.Name}\0{kind}\0{id}\0{index}"), bytes);
        var ms = (_contest.Start + at).ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(ms >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], (ushort)ms);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes[..16], bigEndian: true);
    }

    /// <summary>A name as people see it: no control characters, not blank, not too long.</summary>
    private static string Shown(string text, string fallback)
    {
        var shown = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        if (shown.Length == 0) return fallback;
        if (shown.Length <= MaxNameLength) return shown;
        var cut = char.IsHighSurrogate(shown[MaxNameLength - 2]) ? MaxNameLength - 2 : MaxNameLength - 1;
        return shown[..cut] + "…";
    }
}

/// <param name="OccurredAt">when it happened in the contest</param>
public sealed record ContestAction(HuntAction Action, DateTimeOffset OccurredAt);
