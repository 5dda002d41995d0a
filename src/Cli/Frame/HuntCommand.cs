using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace TreasureHunt.Cli.Frame;

/// <summary>A command with an example in its help: there is no other way to make one.</summary>
public sealed class HuntCommand : Command
{
    /// <param name="more">lines that its help has beside the usual; asked for when the help is</param>
    public HuntCommand(
        string name, string description, string example, Func<ParseResult, CancellationToken, Task<ExitCode>>? run = null, Func<IEnumerable<string>>? more = null)
        : base(name, description)
    {
        (Example, More) = (example, more);
        if (run is not null) SetAction(async (parsed, cancel) => (int)await run(parsed, cancel));
    }

    /// <summary>A command line that works, as typed at the repository's root.</summary>
    public string Example { get; }

    internal Func<IEnumerable<string>>? More { get; }
}

/// <summary>The usual help, then the example and, at the top, the exit codes.</summary>
public sealed class ExampleHelp(HelpAction usual) : SynchronousCommandLineAction
{
    /// <summary>Who asks for help need not give what the command requires.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parsed)
    {
        var output = parsed.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parsed.InvocationConfiguration.Output = text;
        usual.Invoke(parsed);
        parsed.InvocationConfiguration.Output = output;
        output.Write(text.ToString().TrimEnd().Replace("hunt-cli", "./hunt") + "\n\n");
        var command = parsed.CommandResult.Command;
        if (command is HuntCommand { More: { } more })
        {
            foreach (var line in more()) output.WriteLine(line);
            output.WriteLine();
        }
        output.WriteLine("Example:");
        output.WriteLine($"  {(command is HuntCommand hunt ? hunt.Example : "./hunt demo")}");
        output.WriteLine();
        if (command is RootCommand) output.WriteLine(ExitCodes.Help);
        return 0;
    }

    /// <summary>./hunt hunts check</summary>
    public static string PathOf(System.CommandLine.Parsing.CommandResult command) =>
        command.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : "./hunt";

    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
            if (option.Action is HelpAction usual) option.Action = new ExampleHelp(usual);
    }
}
