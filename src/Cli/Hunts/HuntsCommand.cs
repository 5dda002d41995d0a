using System.CommandLine;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.HuntFiles;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Hunts;

/// <summary>hunt hunts …: what authors and organisers do.</summary>
public static class HuntsCommand
{
    private static readonly (string Verb, string Does)[] Steering =
    [
        ("open", "Opens a hunt now, whatever its window says."),
        ("pause", "Pauses a hunt: nothing is judged until it is resumed."),
        ("resume", "Resumes a paused hunt."),
        ("freeze", "Freezes the public board now."),
        ("thaw", "Thaws the public board: it shows everything again."),
        ("close", "Closes a hunt now, for good."),
    ];

    public static Command Create()
    {
        var hunts = new HuntCommand("hunts", "Checks, publishes and steers hunts.", "./hunt hunts check samples/lisbon/hunt.yaml") { Check(), Publish(), List() };
        foreach (var (verb, does) in Steering) hunts.Add(Steer(verb, does));
        return hunts;
    }

    private static Command Check()
    {
        var (file, json) = (File(), BoxOptions.Json());
        return new HuntCommand("check", "Reads a hunt file and names every mistake with its line.", "./hunt hunts check samples/lisbon/hunt.yaml", (parsed, _) =>
        {
            var (definition, problems) = HuntFile.Read(parsed.GetValue(file)!);
            if (parsed.GetValue(json)) Screen.Json(new { ok = definition is not null, problems });
            else
            {
                foreach (var problem in problems) Screen.Line(problem.ToString());
                if (definition is not null) Screen.Line($"'{definition.Hunt}' is fine: {definition.Treasures.Count} treasures.");
            }
            return Task.FromResult(definition is null ? ExitCode.Usage : ExitCode.Ok);
        }) { file, json };
    }

    private static Command Publish()
    {
        var (file, name) = (File(), BoxOptions.Name());
        return new HuntCommand("publish", "Publishes a hunt file; a slug is never used twice.", "./hunt hunts publish samples/lisbon/hunt.yaml", async (parsed, cancel) =>
        {
            var definition = Read(parsed.GetValue(file)!);
            var reply = await Organiser(parsed.GetValue(name)!).PublishAsync(definition, cancel);
            Screen.Line($"'{definition.Hunt}' is published: {definition.Treasures.Count} treasures, open {definition.Window.Opens:u} to {definition.Window.Closes:u} (version {reply.Version}).");
            return ExitCode.Ok;
        }) { file, name };
    }

    private static Command Steer(string verb, string does)
    {
        var hunt = new Argument<string>("hunt") { Description = "slug of the hunt" };
        var name = BoxOptions.Name();
        return new HuntCommand(verb, does, $"./hunt hunts {verb} lisbon", async (parsed, cancel) =>
        {
            var reply = await Organiser(parsed.GetValue(name)!).SteerAsync(parsed.GetValue(hunt)!, verb, cancel);
            Screen.Line($"{parsed.GetValue(hunt)}: {reply.Fact ?? "accepted"} (version {reply.Version}).");
            return ExitCode.Ok;
        }) { hunt, name };
    }

    private static Command List()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        return new HuntCommand("list", "Lists the published hunts.", "./hunt hunts list --json", async (parsed, cancel) =>
        {
            var hunts = await Organiser(parsed.GetValue(name)!).HuntsAsync(cancel);
            if (parsed.GetValue(json)) Screen.Json(hunts);
            else
            {
                Screen.Table(["hunt", "title", "phase", "opens", "closes", "board", "treasures", "teams"], hunts.Select(hunt => new[]
                {
                    hunt.Hunt, hunt.Title, hunt.Phase.ToString().ToLowerInvariant(), $"{hunt.Opens:u}", $"{hunt.Closes:u}",
                    hunt.Frozen ? "frozen" : "live", $"{hunt.Treasures}", $"{hunt.Teams}",
                }));
            }
            return ExitCode.Ok;
        }) { name, json };
    }

    /// <exception cref="CommandFailed">the file has mistakes; all are in the message</exception>
    private static HuntDefinition Read(string file)
    {
        var (definition, problems) = HuntFile.Read(file);
        foreach (var warning in problems.Where(problem => problem.IsWarning)) Screen.Note(warning.ToString());
        return definition ?? throw new CommandFailed(ExitCode.Usage, string.Join('\n', problems.Where(problem => !problem.IsWarning)));
    }

    private static HuntApi Organiser(string box) => HuntApi.For(Connections.Of(box), "organiser", Role.Organiser);

    private static Argument<string> File() => new("file") { Description = "hunt.yaml or hunt.json" };
}
