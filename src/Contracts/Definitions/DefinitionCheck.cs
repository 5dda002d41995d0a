using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Contracts.Definitions;

/// <summary>
/// The author's linter: refuses a hunt that cannot be played to its end, and warns of what is probably not meant.
/// Pure; at most <see cref="MaxProblems"/> problems are named.
/// </summary>
public static partial class DefinitionCheck
{
    public const int MaxProblems = 100;

    /// <param name="plain">with its answers in plain text</param>
    public static IReadOnlyList<DefinitionProblem> Check(HuntDefinition plain)
    {
        var problems = Structure(plain);
        CheckTexts(plain, problems);
        return [.. problems.OrderBy(problem => problem.IsWarning).Take(MaxProblems)];
    }

    /// <summary>No error in what can be seen of a sealed definition: all but the answers and near misses.</summary>
    public static bool IsSound(HuntDefinition sealedDefinition) => !Structure(sealedDefinition).Exists(problem => !problem.IsWarning);

    private static List<DefinitionProblem> Structure(HuntDefinition definition)
    {
        var problems = new List<DefinitionProblem>();
        CheckSlug(definition.Hunt, "/hunt", problems);
        CheckLength(definition.Title, DefinitionLimits.TitleChars, "/title", problems);
        CheckWindow(definition, problems);
        if (definition.Treasures.Count == 0) problems.Add(new("/treasures", "A hunt needs at least one treasure: add one."));
        if (definition.Treasures.Count > DefinitionLimits.Treasures)
        {
            problems.Add(new("/treasures", $"{definition.Treasures.Count} treasures are more than the {DefinitionLimits.Treasures} a hunt may have."));
            return problems;
        }

        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < definition.Treasures.Count; i++)
        {
            var treasure = definition.Treasures[i];
            var at = $"/treasures/{i}";
            CheckSlug(treasure.Id, $"{at}/id", problems);
            if (!seen.TryAdd(treasure.Id, i))
                problems.Add(new($"{at}/id", $"'{treasure.Id}' is the id of treasures[{seen[treasure.Id]}] too; give each treasure its own."));
            CheckLength(treasure.Title, DefinitionLimits.TitleChars, $"{at}/title", problems);
            CheckLength(treasure.Clue, DefinitionLimits.ClueChars, $"{at}/clue", problems);
            CheckValue(treasure.Value, $"{at}/value", problems);
            CheckFirsts(treasure, at, problems);
            CheckAttempts(treasure.Attempts, $"{at}/attempts", problems);
            CheckHints(definition, treasure, at, problems);
            if (treasure.Copies is < 1 or > DefinitionLimits.Copies)
                problems.Add(new($"{at}/copies", $"copies is a number from 1 to {DefinitionLimits.Copies:N0}; leave it out when every team may find the treasure."));
            if (treasure.NearMisses.Count > DefinitionLimits.NearMissesPerTreasure)
                problems.Add(new($"{at}/nearMisses", $"More than {DefinitionLimits.NearMissesPerTreasure} near misses; keep the most telling ones."));
            if (treasure.Answer.Text.Count is 0 or > DefinitionLimits.AnswersPerTreasure)
                problems.Add(new($"{at}/answer/text", $"Give 1 to {DefinitionLimits.AnswersPerTreasure} answers."));
        }
        CheckNeeds(definition, seen, problems);
        return problems;
    }

    private static void CheckWindow(HuntDefinition definition, List<DefinitionProblem> problems)
    {
        var (opens, closes) = definition.Window;
        if (closes <= opens)
            problems.Add(new("/window/closes", "The hunt closes before it opens: closes must be after opens."));
        else if (closes - opens > DefinitionLimits.Window)
            problems.Add(new("/window/closes", $"The window is longer than {DefinitionLimits.Window.TotalDays:N0} days; shorten it."));
        else if (definition.Board?.FreezeAt is { } freeze && (freeze < opens || freeze > closes))
            problems.Add(new("/board/freezeAt", "The board would freeze outside the window: choose a time between opens and closes."));
    }

    private static void CheckValue(ValueRule value, string at, List<DefinitionProblem> problems)
    {
        if (value.Fixed is { } points)
        {
            CheckPoints(points, at, problems);
            return;
        }
        CheckPoints(value.From, $"{at}/from", problems);
        CheckPoints(value.To, $"{at}/to", problems);
        if (value.To > value.From)
            problems.Add(new($"{at}/to", "A value decays, so to is at most from: swap them or write a plain number."));
        if (value.Decay == Decay.Exponential && value.To < 1)
            problems.Add(new($"{at}/to", "An exponential decay never reaches 0: let to be at least 1, or use decay: linear."));
        if (value.Over is < 1 or > DefinitionLimits.Over)
            problems.Add(new($"{at}/over", $"over is the number of finders the decay takes, from 1 to {DefinitionLimits.Over:N0}."));
    }

    private static void CheckFirsts(Treasure treasure, string at, List<DefinitionProblem> problems)
    {
        if (treasure.Firsts.Count > DefinitionLimits.FirstsPerTreasure)
            problems.Add(new($"{at}/firsts", $"More than {DefinitionLimits.FirstsPerTreasure} extras for first finders; shorten the list."));
        for (var i = 0; i < treasure.Firsts.Count; i++) CheckPoints(treasure.Firsts[i], $"{at}/firsts/{i}", problems);
        if (treasure.Firsts.Count > treasure.Copies)
            problems.Add(new($"{at}/firsts", $"Only {treasure.Copies} teams can find it: extras beyond are never given.", IsWarning: true));
    }

    private static void CheckAttempts(AttemptRule? rule, string at, List<DefinitionProblem> problems)
    {
        if (rule is null) return;
        if (rule.Max is < 1 or > DefinitionLimits.MaxAttempts)
            problems.Add(new($"{at}/max", $"max is a number of guesses from 1 to {DefinitionLimits.MaxAttempts:N0}; leave attempts out for no limit."));
        if (rule.Per is { } per && per <= TimeSpan.Zero)
            problems.Add(new($"{at}/per", "per is longer than nothing, such as 1m; leave it out when max holds for the whole hunt."));
        if (rule is { Per: not null, Max: null })
            problems.Add(new($"{at}/per", "per means nothing without max: add max or remove per."));
        CheckPoints(rule.Penalty, $"{at}/penalty", problems);
        if (rule is { Max: null, Penalty: 0, Per: null })
            problems.Add(new(at, "attempts without max and penalty does nothing: remove it.", IsWarning: true));
    }

    private static void CheckHints(HuntDefinition definition, Treasure treasure, string at, List<DefinitionProblem> problems)
    {
        if (treasure.Hints.Count > DefinitionLimits.HintsPerTreasure)
            problems.Add(new($"{at}/hints", $"More than {DefinitionLimits.HintsPerTreasure} hints; drop some."));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        long cost = 0;
        for (var i = 0; i < treasure.Hints.Count; i++)
        {
            var hint = treasure.Hints[i];
            CheckSlug(hint.Id, $"{at}/hints/{i}/id", problems);
            if (!seen.Add(hint.Id))
                problems.Add(new($"{at}/hints/{i}/id", $"'{hint.Id}' is the id of another hint of this treasure; give each its own."));
            CheckLength(hint.Text, DefinitionLimits.HintChars, $"{at}/hints/{i}/text", problems);
            CheckPoints(hint.Cost, $"{at}/hints/{i}/cost", problems);
            if (IsPastClose(definition, hint.After))
                problems.Add(new($"{at}/hints/{i}/after", "The hunt is over before this hint may be taken: shorten after.", IsWarning: true));
            cost += hint.Cost;
        }
        if (definition.Ranking == Ranking.Points && cost > 0 && cost > Best(treasure))
            problems.Add(new($"{at}/hints", $"The hints cost {cost} points together, but the treasure earns at most {Best(treasure)}: make them cheaper."));
    }

    /// <summary>Would that long after the opening be after the close? Not asked of a window that is wrong itself.</summary>
    private static bool IsPastClose(HuntDefinition definition, TimeSpan? after) =>
        definition.Window.Closes - definition.Window.Opens is var length && length > TimeSpan.Zero && after >= length;

    /// <summary>The most points a team can get for a treasure.</summary>
    private static long Best(Treasure treasure) =>
        (long)(treasure.Value.Fixed ?? treasure.Value.From) + (treasure.Firsts.Count > 0 ? treasure.Firsts[0] : 0);

    private static void CheckSlug(string text, string at, List<DefinitionProblem> problems)
    {
        if (!Slug.IsValid(text))
            problems.Add(new(at, $"'{Shown(text)}' is no id: use 1 to {Slug.MaxChars} small letters a-z, digits and hyphens, such as old-town."));
    }

    private static void CheckLength(string text, int maxChars, string at, List<DefinitionProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(text)) problems.Add(new(at, "This is empty: write something for people to read."));
        else if (text.Length > maxChars) problems.Add(new(at, $"{text.Length:N0} characters are more than the {maxChars:N0} allowed; shorten it."));
    }

    private static void CheckPoints(int points, string at, List<DefinitionProblem> problems)
    {
        if (points is < 0 or > DefinitionLimits.Points)
            problems.Add(new(at, $"{points} is out of range: use a whole number from 0 to {DefinitionLimits.Points:N0}."));
    }

    /// <summary>Enough of an author's text to recognise it in a message.</summary>
    private static string Shown(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
