namespace TreasureHunt.Contracts.Definitions;

/// <summary>What is wrong with a definition, where, and how to put it right.</summary>
/// <param name="Pointer">RFC 6901 JSON pointer, such as /treasures/2/value/from; empty: the whole file</param>
/// <param name="Message">a sentence for the author, with the fix</param>
/// <param name="IsWarning">true: the hunt can be published all the same</param>
public sealed record DefinitionProblem(string Pointer, string Message, bool IsWarning = false)
{
    /// <summary>The pointer as authors read it: treasures[2].value.from.</summary>
    public string Path => string.Concat(Pointer.Split('/').Skip(1).Select((part, i) =>
        int.TryParse(part, out _) ? $"[{part}]" : (i == 0 ? "" : ".") + part.Replace("~1", "/").Replace("~0", "~")));
}
