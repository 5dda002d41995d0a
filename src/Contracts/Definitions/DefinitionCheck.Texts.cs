namespace TreasureHunt.Contracts.Definitions;

/// <summary>What can be checked only while answers and near misses are readable.</summary>
public static partial class DefinitionCheck
{
    private static void CheckTexts(HuntDefinition definition, List<DefinitionProblem> problems)
    {
        var owners = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < definition.Treasures.Count; i++)
        {
            var treasure = definition.Treasures[i];
            var own = new HashSet<string>(StringComparer.Ordinal);
            for (var j = 0; j < treasure.Answer.Text.Count; j++)
                CheckAnswer(definition, i, treasure.Answer.Text[j], $"/treasures/{i}/answer/text/{j}", own, owners, problems);
            CheckNearMisses(treasure, $"/treasures/{i}/nearMisses", own, problems);
        }
    }

    private static void CheckAnswer(
        HuntDefinition definition, int index, string answer, string at,
        HashSet<string> own, Dictionary<string, int> owners, List<DefinitionProblem> problems)
    {
        if (answer.Length > DefinitionLimits.AnswerChars)
            problems.Add(new(at, $"An answer has at most {DefinitionLimits.AnswerChars} characters; shorten it."));
        var normalised = Normalisation.Of(answer);
        if (normalised.Length == 0)
            problems.Add(new(at, "Nothing is left of this answer, because only letters and digits count: write at least one."));
        else if (!own.Add(normalised))
            problems.Add(new(at, "This answer equals another one of the treasure, as only letters and digits count: remove one.", IsWarning: true));
        else if (!owners.TryAdd(normalised, index))
            problems.Add(new(at, $"'{definition.Treasures[owners[normalised]].Id}' has the same answer: a guess would open both, so change one."));
    }

    private static void CheckNearMisses(Treasure treasure, string at, HashSet<string> answers, List<DefinitionProblem> problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < treasure.NearMisses.Count; i++)
        {
            var near = treasure.NearMisses[i];
            var normalised = Normalisation.Of(near.Word);
            if (near.Word.Length > DefinitionLimits.AnswerChars)
                problems.Add(new($"{at}/{i}/word", $"A near miss has at most {DefinitionLimits.AnswerChars} characters; shorten it."));
            if (normalised.Length == 0)
                problems.Add(new($"{at}/{i}/word", "Nothing is left of this near miss, because only letters and digits count: write at least one."));
            else if (answers.Contains(normalised))
                problems.Add(new($"{at}/{i}/word", "This near miss is a right answer too: remove it from one of the two."));
            else if (!seen.Add(normalised))
                problems.Add(new($"{at}/{i}/word", "This near miss is written twice, as only letters and digits count: remove one."));
            CheckLength(near.Says, DefinitionLimits.NearMissChars, $"{at}/{i}/says", problems);
        }
    }
}
