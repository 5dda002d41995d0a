using System.Text.RegularExpressions;

namespace TreasureHunt.Tests.Unit.Architecture;

/// <summary>
/// Calls to a server, as the text of a file shows them: statements, messages, requests. One goes by a pipeline when it stands in what is handed to one, or in a
/// method of the file that is.
/// </summary>
internal static partial class OutgoingCalls
{
    public static int Count(SourceFile file) => Call().Count(file.Code());

    public static IEnumerable<string> Outside(SourceFile file)
    {
        var code = file.Code();
        var handed = Pipeline().Matches(code).Select(name => Arguments(code, name.Index + name.Length)).ToList();
        foreach (Match call in Call().Matches(code))
        {
            if (IsHanded(call.Index)) continue;
            var method = Method().Matches(code).LastOrDefault(before => before.Index < call.Index)?.Groups[1];
            if (method is null || !IsHandedMethod(method)) yield return $"{file.Path}: {call.Value.Trim('.', '(', '<')}";
        }

        bool IsHanded(int at) => handed.Exists(arguments => arguments.Begin < at && at < arguments.End);

        // Of another object's method of the same name nothing is known: only those without a dot must all be handed.
        bool IsHandedMethod(Group method)
        {
            var uses = Regex.Matches(code, $@"\b{method.Value}\(").Where(use => use.Index != method.Index).ToList();
            return uses.Exists(use => IsHanded(use.Index)) && uses.TrueForAll(use => IsHanded(use.Index) || code[use.Index - 1] == '.');
        }
    }

    /// <summary>From the end of a method's name: its parentheses, after its type arguments.</summary>
    private static (int Begin, int End) Arguments(string code, int at)
    {
        var begin = code[at] == '<' ? Closing(code, at, '<', '>') + 1 : at;
        return begin < code.Length && code[begin] == '(' ? (begin, Closing(code, begin, '(', ')')) : (at, at);
    }

    private static int Closing(string code, int at, char open, char close)
    {
        for (var depth = 0; at < code.Length; at++)
        {
            if (code[at] == open) depth++;
            else if (code[at] == close && --depth == 0) return at;
        }
        return at;
    }

    [GeneratedRegex(@"\.(SaveChangesAsync|ExecuteNonQueryAsync|ExecuteScalarAsync|ExecuteReaderAsync|LoadAsync|LoadManyAsync|FetchStream\w*Async|ToListAsync|OpenConnectionAsync|CreateConnectionAsync|SendWithinAsync)[(<]|\b_?http\.\w+Async[(<]")]
    private static partial Regex Call();

    [GeneratedRegex(@"\b(RepeatableAsync|OnceAsync)(?=[(<])|\b(Broker|Config|Store|_pipeline|_sending)\.ExecuteAsync(?=[(<])")]
    private static partial Regex Pipeline();

    /// <summary>Where a member of a class begins that has parameters.</summary>
    [GeneratedRegex(@"^    (?:public|private|internal|protected)\b[^\n=;]*?\b(\w+)(?:<\w+>)?\(", RegexOptions.Multiline)]
    private static partial Regex Method();
}
