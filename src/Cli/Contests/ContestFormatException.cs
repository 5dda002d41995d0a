namespace TreasureHunt.Cli.Contests;

/// <summary>The contest log cannot be read. The message names file, place (line or JSON pointer) and what is expected.</summary>
public sealed class ContestFormatException(string where, string problem, Exception? inner = null)
    : Exception($"{where}: {problem}", inner);
