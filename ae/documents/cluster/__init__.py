"""Clean documents on a Ray cluster: the same steps as on one machine (`ae.documents.batch`), spread out.

A *reader* opens the documents of a share, decodes their pages and writes the results; it is a `Batch` whose
cleaner sends pixels away. A *worker* holds the model and cleans pages, whichever reader they come from. The
*desk* tells readers which worker has room, so that a page is sent only when it will soon be cleaned: that
bounds what waits in the object store.

    reader (one a share)          desk           worker (one a GPU or processor)
    decode -> have a place? ----> take
           -> pixels -------------------------> model
    write  <- clean pixels <-------------------
           -> give it back -----> give

A page whose worker died is sent to another. A reader that died is started again by Ray: its results are
written aside and renamed, so that no page is lost or there twice. Pixels are those of one machine, as long
as the machines have processors of one kind. `shares` divides the documents among readers, `storage` copies
files from and to wherever they lie.
"""

from ae.documents.cluster.batch import ClusterBatch, connected
from ae.documents.cluster.shares import divide

__all__ = ["ClusterBatch", "connected", "divide"]
