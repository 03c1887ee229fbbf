using FluentAssertions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace FileMonitor.Tests.House;

/// <summary>
/// How large the parts of the library may be, and that none leads back to where it came from: whoever reads one can hold it in mind, and reads
/// on in one direction. There are no exceptions. Generated code is left out.
/// </summary>
public sealed class SizeTests
{
    private const int MostLinesOfFile = 350;
    private const int MostLinesOfType = 600;
    private const int MostMembers = 60;
    private const int MostParameters = 7;
    private const int MostLinesOfMethod = 60;
    private const int MostLevels = 4;

    [Fact]
    public void No_file_is_too_long() =>
        SourceGraph.OfLibrary.Trees.Where(tree => Lines(tree.GetRoot()) > MostLinesOfFile).Select(tree => tree.FilePath).Should().BeEmpty();

    [Fact]
    public void No_type_is_too_large() => LargeTypes(SourceGraph.OfLibrary).Should().BeEmpty();

    [Fact]
    public void No_constructor_takes_too_much() => LongConstructors(SourceGraph.OfLibrary).Should().BeEmpty();

    [Fact]
    public void No_method_is_too_long_or_too_deep() => LargeMethods(SourceGraph.OfLibrary).Should().BeEmpty();

    [Fact]
    public void No_files_use_each_other_in_a_circle() => Circles(SourceGraph.OfLibrary).Should().BeEmpty();

    [Fact]
    public void A_circle_is_found()
    {
        var graph = SourceGraph.Of(
            ("A.cs", "class A { B _b; }"),
            ("B.cs", "class B { C _c; }"),
            ("C.cs", "class C { void Call() => A.Call(); }"),
            ("A.Other.cs", "partial class A { public static void Call() { } }"),
            ("D.cs", "class D { A _a; }"));

        Circles(graph).Should().Equal("A, B, C");
    }

    [Fact]
    public void What_is_too_large_is_found()
    {
        var fields = string.Concat(Enumerable.Range(0, MostMembers + 1).Select(i => $"int _f{i};"));
        var graph = SourceGraph.Of(
            ("Fields.cs", $"class Fields {{ {fields} }}"),
            ("Long.cs", $"partial class Long {{ {new string('\n', MostLinesOfType / 2)} }}"),
            ("Long.Other.cs", $"partial class Long {{ {new string('\n', MostLinesOfType / 2)} }}"),
            ("Taking.cs", "class Taking(int a, int b, int c, int d, int e, int f, int g, int h); record Also(int a, int b, int c, int d, int e, int f, int g, int h);"),
            ("Deep.cs", "class Deep { void Go(bool a) { if (a) { while (a) { foreach (var b in c) { lock (this) { if (a) { } } } } } } void Flat(bool a) { if (a) { } else if (!a) { } else if (a) { } } }"));

        LargeTypes(graph).Should().BeEquivalentTo("Fields", "Long");
        LongConstructors(graph).Should().BeEquivalentTo("Taking", "Also");
        LargeMethods(graph).Should().Equal("Deep.Go");
    }

    // The files of one type are one: what stands in each of them may use the others.
    private static IReadOnlyList<string> Circles(SourceGraph graph) =>
        SourceGraph.Circles(graph.Uses.Select(use => (NameOf(use.From), NameOf(use.To))));

    private static string NameOf(string path)
    {
        var name = path.LastIndexOf('/') + 1;
        return path[..path.IndexOf('.', name)];
    }

    private static IEnumerable<string> LargeTypes(SourceGraph graph) =>
        Types(graph)
            .GroupBy(type => type.Name)
            .Where(type => type.Sum(part => Members(part.Declaration)) > MostMembers || type.Sum(part => Lines(part.Declaration)) > MostLinesOfType)
            .Select(type => type.Key);

    private static IEnumerable<string> LongConstructors(SourceGraph graph) =>
        Types(graph)
            .Where(type => type.Declaration.ParameterList?.Parameters.Count > MostParameters
                || type.Declaration.Members.OfType<ConstructorDeclarationSyntax>().Any(constructor => constructor.ParameterList.Parameters.Count > MostParameters))
            .Select(type => type.Name);

    private static IEnumerable<string> LargeMethods(SourceGraph graph) =>
        Types(graph).SelectMany(type => type.Declaration.Members
            .Where(member => member is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax && (Lines(member) > MostLinesOfMethod || Levels(member) > MostLevels))
            .Select(member => $"{type.Name}.{(member as MethodDeclarationSyntax)?.Identifier.Text ?? member.Kind().ToString()}"));

    private static IEnumerable<(string Name, TypeDeclarationSyntax Declaration)> Types(SourceGraph graph) =>
        graph.Trees.SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()).Select(type => (FullName(type), type));

    private static string FullName(TypeDeclarationSyntax type) =>
        (type.Parent is TypeDeclarationSyntax outer ? FullName(outer) + "." : "") + type.Identifier.Text;

    // A field that is declared beside another is one of its own; a type that is nested is counted as such.
    private static int Members(TypeDeclarationSyntax type) =>
        type.Members.Where(member => member is not BaseTypeDeclarationSyntax).Sum(member => (member as BaseFieldDeclarationSyntax)?.Declaration.Variables.Count ?? 1);

    private static int Lines(SyntaxNode node)
    {
        var span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    /// <summary>How deep statements stand in each other; one that follows an <c>else</c> stands beside its <c>if</c>.</summary>
    private static int Levels(SyntaxNode node) =>
        node.ChildNodes().Select(child => Levels(child) + (IsLevel(child) ? 1 : 0)).DefaultIfEmpty().Max();

    private static bool IsLevel(SyntaxNode node) => node switch
    {
        IfStatementSyntax => node.Parent is not ElseClauseSyntax,
        CommonForEachStatementSyntax or ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax or SwitchStatementSyntax
            or TryStatementSyntax or UsingStatementSyntax or LockStatementSyntax or FixedStatementSyntax => true,
        _ => false,
    };
}
