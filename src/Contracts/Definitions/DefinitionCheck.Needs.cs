namespace TreasureHunt.Contracts.Definitions;

/// <summary>Can every treasure be unlocked at some time? Found by playing: find all that is open until nothing new opens.</summary>
public static partial class DefinitionCheck
{
    private static void CheckNeeds(HuntDefinition definition, Dictionary<string, int> indices, List<DefinitionProblem> problems)
    {
        var before = problems.Count;
        for (var i = 0; i < definition.Treasures.Count; i++)
            if (definition.Treasures[i].Needs is { } needs) CheckForm(definition, i, needs, indices, problems);
        if (problems.Count > before) return; // what can be unlocked is only clear once every need is

        var open = Unlockable(definition, indices);
        for (var i = 0; i < definition.Treasures.Count; i++)
        {
            if (open[i]) continue;
            var (treasure, at) = (definition.Treasures[i], $"/treasures/{i}/needs");
            if (treasure.Needs!.Points is { } points)
                problems.Add(new($"{at}/points", $"Nobody can have {points} points before '{treasure.Id}' is found: ask for fewer, or raise other values."));
            else if (Cycle(definition, i, indices, open) is { } cycle)
                problems.Add(new(at, $"The needs run in a circle: {string.Join(" needs ", cycle)}. Remove one of them."));
            else
                problems.Add(new(at, $"'{treasure.Id}' can never be unlocked, because what it needs cannot: mend that first."));
        }
    }

    private static void CheckForm(
        HuntDefinition definition, int index, Needs needs, Dictionary<string, int> indices, List<DefinitionProblem> problems)
    {
        var at = $"/treasures/{index}/needs";
        var kinds = Count(needs.All) + Count(needs.Any) + Count(needs.AtLeast) + Count(needs.Points) + Count(needs.After);
        if (kinds != 1 || (needs.AtLeast is null) != (needs.Of is null))
        {
            problems.Add(new(at, "needs is exactly one of: all, any, atLeast with of, points, after."));
            return;
        }

        var (names, key) = needs.All is not null ? (needs.All, "all") : needs.Any is not null ? (needs.Any, "any") : (needs.Of, "of");
        if (names is not null) CheckNames(definition, index, names, $"{at}/{key}", indices, problems);
        if (needs.AtLeast is { } count && (count < 1 || count > needs.Of!.Distinct().Count()))
            problems.Add(new($"{at}/atLeast", $"atLeast is a number from 1 to {needs.Of!.Distinct().Count()}, as many as of names."));
        if (needs.Points is < 1) problems.Add(new($"{at}/points", "points is at least 1; remove needs when the treasure is open from the start."));
        if (IsPastClose(definition, needs.After))
            problems.Add(new($"{at}/after", "The hunt closes before this treasure is unlocked: shorten after or widen the window."));

        static int Count(object? member) => member is null ? 0 : 1;
    }

    private static void CheckNames(
        HuntDefinition definition, int index, IReadOnlyList<string> names, string at, Dictionary<string, int> indices, List<DefinitionProblem> problems)
    {
        if (names.Count == 0) problems.Add(new(at, "This list is empty: name the treasures, or remove needs."));
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i];
            if (!indices.TryGetValue(name, out var needed))
                problems.Add(new($"{at}/{i}", $"There is no treasure '{Shown(name)}'.{Spelling.Suggest(name, indices.Keys)}"));
            else if (names.Take(i).Contains(name))
                problems.Add(new($"{at}/{i}", $"'{name}' is named twice: remove one.", IsWarning: true));
            else if (definition.Treasures[needed].Copies is { } copies && needed != index)
                problems.Add(new($"{at}/{i}", $"Only {copies} teams can find '{name}', so all others may never unlock this treasure.", IsWarning: true));
        }
    }

    private static bool[] Unlockable(HuntDefinition definition, Dictionary<string, int> indices)
    {
        var open = new bool[definition.Treasures.Count];
        long points = 0;
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = 0; i < open.Length; i++)
            {
                if (open[i] || !IsMet(definition.Treasures[i].Needs)) continue;
                open[i] = changed = true;
                points += Best(definition.Treasures[i]);
            }
        }
        return open;

        bool IsMet(Needs? needs) => needs switch
        {
            null or { After: not null } => true,
            { All: { } all } => all.All(IsOpen),
            { Any: { } any } => any.Any(IsOpen),
            { AtLeast: { } count, Of: { } of } => of.Distinct().Count(IsOpen) >= count,
            { Points: { } needed } => points >= needed,
            _ => false,
        };

        bool IsOpen(string id) => open[indices[id]];
    }

    /// <summary>The way from a treasure back to itself through needs that cannot be met; null: it leads elsewhere.</summary>
    private static List<string>? Cycle(HuntDefinition definition, int start, Dictionary<string, int> indices, bool[] open)
    {
        var cameFrom = new Dictionary<int, int>();
        var queue = new Queue<int>([start]);
        while (queue.TryDequeue(out var at))
        {
            var needs = definition.Treasures[at].Needs!;
            foreach (var name in needs.All ?? needs.Any ?? needs.Of ?? [])
            {
                var next = indices[name];
                if (open[next]) continue;
                if (next == start)
                {
                    var way = new List<string> { definition.Treasures[start].Id };
                    for (var step = at; step != start; step = cameFrom[step]) way.Insert(0, definition.Treasures[step].Id);
                    way.Insert(0, definition.Treasures[start].Id);
                    return way;
                }
                if (cameFrom.TryAdd(next, at)) queue.Enqueue(next);
            }
        }
        return null;
    }
}
