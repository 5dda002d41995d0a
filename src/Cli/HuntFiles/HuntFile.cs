using System.Text;
using TreasureHunt.Contracts.Definitions;
using YamlDotNet.Core;

namespace TreasureHunt.Cli.HuntFiles;

/// <summary>An author's file: hunt.yaml or hunt.json, read and checked, every problem with its line and column.</summary>
public static class HuntFile
{
    /// <returns>the definition, null when there is an error; problems in the order of the file, warnings among them</returns>
    public static (HuntDefinition? Definition, IReadOnlyList<FileProblem> Problems) Read(string path)
    {
        byte[] bytes;
        if (Directory.Exists(path)) return Failed(path, "This is a folder: name the hunt file in it (.yaml or .json).");
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > HuntDefinition.MaxBytes } large)
                return Failed(path, $"The file has {large.Length:N0} bytes, more than the {HuntDefinition.MaxBytes:N0} allowed: shorten its texts.");
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed(path, $"The file cannot be read: {e.Message}");
        }
        var isJson = Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);
        return isJson ? ReadJson(path, WithoutMark(bytes)) : ReadYaml(path, bytes);
    }

    private static (HuntDefinition?, IReadOnlyList<FileProblem>) ReadJson(string path, ReadOnlySpan<byte> json)
    {
        var positions = new Positions();
        JsonFile.Locate(json, positions);
        return Check(path, json, positions);
    }

    private static (HuntDefinition?, IReadOnlyList<FileProblem>) ReadYaml(string path, byte[] bytes)
    {
        string yaml;
        try
        {
            yaml = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(WithoutMark(bytes));
        }
        catch (DecoderFallbackException)
        {
            return Failed(path, "The file is not UTF-8: save it as UTF-8.");
        }
        var positions = new Positions();
        try
        {
            return Check(path, YamlFile.ToJson(yaml, positions).Span, positions);
        }
        catch (YamlException e)
        {
            return (null, [new FileProblem(path, (int)e.Start.Line, (int)e.Start.Column, "", e.Message)]);
        }
    }

    private static (HuntDefinition?, IReadOnlyList<FileProblem>) Check(string path, ReadOnlySpan<byte> json, Positions positions)
    {
        var (definition, problems) = DefinitionReader.FromJson(json);
        if (definition is not null) problems = DefinitionCheck.Check(definition);
        var found = problems.Select(problem =>
        {
            var (line, column) = positions.Of(problem.Pointer);
            return new FileProblem(path, line, column, problem.Path, problem.Message, problem.IsWarning);
        }).OrderBy(problem => problem.Line).ThenBy(problem => problem.Column).ToArray();
        return (found.Any(problem => !problem.IsWarning) ? null : definition, found);
    }

    private static (HuntDefinition?, IReadOnlyList<FileProblem>) Failed(string path, string message) =>
        (null, [new FileProblem(path, 0, 0, "", message)]);

    private static ReadOnlySpan<byte> WithoutMark(byte[] bytes) =>
        bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(Encoding.UTF8.Preamble.Length) : bytes;
}
