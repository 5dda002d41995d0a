using System.Text.RegularExpressions;
using TreasureHunt.Cli.Boxes;

namespace TreasureHunt.Tests.Unit.Architecture;

/// <summary>Links between the documents, and from them into the repository, lead somewhere; so do paths of documents that comments and messages name.</summary>
public sealed class LinksInTheDocuments
{
    private static readonly string Root = Box.RepositoryRoot();

    [Fact]
    public void Every_link_leads_to_a_file_or_a_heading()
    {
        var documents = Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Append(Path.Combine(Root, "src/LivePrefetch/README.md")).ToList();
        var links = documents.SelectMany(document => Links(File.ReadAllText(document)), (document, link) => (Document: document, Link: link)).ToList();
        Assert.True(links.Count > 50, $"Only {links.Count} links were found.");
        Assert.All(links, link => Assert.True(Leads(link.Document, link.Link), $"{link.Document} links to {link.Link}, which is not there."));
    }

    [Fact]
    public void Every_document_that_the_code_names_is_there()
    {
        var named = SourceFile.All().SelectMany(file => Regex.Matches(file.Text, @"\bdocs/(adr/\d{4}|[\w-]+\.md)").Select(name => (file.Path, Name: name.Value))).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(
            name.Name.EndsWith(".md", StringComparison.Ordinal)
                ? File.Exists(Path.Combine(Root, name.Name))
                : Directory.EnumerateFiles(Path.Combine(Root, "docs/adr"), $"{name.Name[^4..]}-*.md").Any(),
            $"{name.Path} names {name.Name}, which is not there."));
    }

    [Theory]
    [InlineData("README.md", true), InlineData("docs/nothing.md", false), InlineData("docs/settings.md#lanepace", true), InlineData("docs/settings.md#lanespace", false)]
    public void A_link_that_leads_nowhere_is_found(string link, bool leads) => Assert.Equal(leads, Leads(Path.Combine(Root, "README.md"), link));

    /// <summary>Those within the repository.</summary>
    private static IEnumerable<string> Links(string text) =>
        Regex.Matches(text, @"\]\(([^)\s]+)\)").Select(link => link.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal));

    private static bool Leads(string document, string link)
    {
        var (path, heading) = link.Split('#') is [var file, var anchor] ? (file, anchor) : (link, null);
        var target = path.Length == 0 ? document : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, path));
        return heading is null ? Path.Exists(target) : File.Exists(target) && Headings(target).Contains(heading);
    }

    /// <summary>As GitHub makes anchors of them.</summary>
    private static IEnumerable<string> Headings(string document) =>
        File.ReadLines(document).Where(line => line.StartsWith('#')).Select(line => Regex.Replace(line.TrimStart('#').Trim().ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-'));
}
