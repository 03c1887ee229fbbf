// PublicDocs ASSEMBLY DOCUMENTATION: leaves in the documentation what is public. The compiler writes down every comment, those of internal types and members too, and an editor would
// offer them to whoever uses the package.

using System.Xml.Linq;
using PublicDocs;

if (args is not [var assembly, var documentation])
{
    Console.Error.WriteLine("usage: PublicDocs ASSEMBLY DOCUMENTATION");
    return 2;
}

var api = PublicApi.Read(assembly);
var document = XDocument.Load(documentation, LoadOptions.PreserveWhitespace);
foreach (var member in document.Descendants("member").Where(member => !api.Has(member.Attribute("name")!.Value)).ToList())
{
    // With the line break before it.
    (member.PreviousNode as XText)?.Remove();
    member.Remove();
}

document.Save(documentation, SaveOptions.DisableFormatting);
return 0;
