"""The words that open, link and close the name of a street or a place. Pure data, folded."""

from __future__ import annotations

from bot.places.tokens import word_set

WAYS = word_set(
    "rue rues avenue avenues av ave boulevard boulevards bd bld blvd boul place pl quai quais",
    "chemin ch che impasse imp cours crs montee allee allees all route rte square sq",
    "esplanade passage traverse faubourg fbg voie sentier promenade ruelle venelle parvis",
    "mail villa clos cite residence lotissement hameau r rondpoint avenu boulvard boulevar",
    "alee impase chemain",
)
# Read as a street only with a number before or a capital after.
NEEDS_EVIDENCE = word_set("ch che all r mail villa clos voie sq cite pass residence hameau alee")
# Ways that other ways are named after: "montée du Chemin-Neuf".
WAYS_IN_NAMES = word_set("chemin place passage parvis quai square cite hameau clos villa")
# What makes of the word before it something else: "place de parking", "cours d'eau".
EMPTY_AFTER = {
    "place": word_set(
        "parking stationnement livraison livraisons handicape handicapes handicapee pmr gig gic",
        "assise choix the this parc velo velos voiture garage libre libres vide",
    ),
    "cours": word_set(
        "eau ecole musique danse tennis natation yoga anglais francais maths sport construction",
        "travaux recreation route",
    ),
    "chemin": word_set("terre fer halage pieton pietonnier randonnee retour travers ecole"),
    "passage": word_set(
        "pieton pietons protege niveau cloute clous camions camion voitures bus tram poussettes",
        "fauteuil temps souterrain cyclistes velos",
    ),
    "voie": word_set("bus tram publique cyclable verte rapide droite gauche pompiers velo ferree"),
    "route": word_set("campagne terre nuit droite gauche bus"),
    "montee": word_set("eau eaux escalier escaliers"),
    "quai": word_set("metro tram bus gare train"),
    "parvis": word_set("pietons"),
    "cite": word_set("scolaire administrative"),
    "allee": word_set("pieton pietonne centrale garages"),
    "rue": word_set("derriere nuit soir matin trottoir"),
}
# Before the word, they make it something else: "en cours", "sur place", "qui traverse".
NOT_AFTER = {
    "cours": word_set("en au aux mon ton son des les un ses mes"),
    "place": word_set("en sur une ma sa"),
    "places": word_set(),
    "route": word_set("en une ma"),
    "passage": word_set("au de un ce mon"),
    "traverse": word_set("qui il elle on je ca se y tuyau cable"),
    "voie": word_set("en une"),
    "mail": word_set("par mon un le votre mes ce"),
    "montee": word_set("une"),
    "r": word_set("l d"),
}
OF = word_set("d de des du")
ARTICLES = word_set("l la le les")
FIRST_NAMES = word_set(
    "albert alexandre alfred andre anatole antoine aristide auguste benoit bernard camille",
    "charles claude clement danielle denis edouard emile etienne eugene felix ferdinand",
    "francis francois frederic gabriel general georges gustave guy henri hector honore",
    "jacques jean jeanne joseph jules leon louis louise lucien marc marcel marechal marie",
    "marius martin maurice max maximilien michel nicolas olympe paul philippe pierre",
    "professeur rene robert roger romain rosa saint sainte salvador simone sophie theodore",
    "thomas victor vincent docteur dr pr gal abbe colonel commandant capitaine president",
    "freres pasteur lieutenant sergent notre vieux vieille grande petite petit grand haute",
    "basse nouvelle ancienne amiral",
)
MONTHS = word_set(
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
)
_LITTLE = word_set(
    "a au aux avec ce ces cet cette chez ci comme contre dans depuis donc dont elle elles en",
    "entre est et etait ete face font hors hier id ici il ils j je juste jusqu l la ma mais",
    "malgre me meme mes moi mon n ne ni nos notre nous on ont ou par parce pas pendant peu",
    "plus plutot pour pourquoi pourriez pouvez presque pres proche puis qu quand que quel",
    "quelle qui sa sans se ses si soit son sont sous sur svp ta tellement toujours tous tout",
    "toute toutes tres trop un une vers voila vos votre vous vraiment y ya c ca cest deja",
    "encore enfin environ faut fait faites devant derriere niveau hauteur angle coin",
    "croisement intersection bas haut merci bonjour bonsoir salut cordialement stp urgent mr",
    "mme monsieur madame avant apres lors depui dpuis ds desormais egalement aussi car ainsi",
    "afin alors lequel laquelle plusieurs quelques chaque aucun aucune beaucoup bcp jusque",
    "non oui merde toujour tjrs tjs completement completement totalement mtn maintenant pk",
    "pcq oppose deux trois quatre cinq six sept huit dix certains certaines",
)
_TIME = word_set(
    "aujourd hui demain lundi mardi mercredi jeudi vendredi samedi dimanche matin midi soir",
    "nuit jour jours semaine semaines mois an ans annee heure heures weekend today yesterday",
    "week since morning night tonight days months monday tuesday wednesday thursday friday",
    "saturday sunday recemment longtemps",
)
_STATES = word_set(
    "abandonne abandonnee abandonnees abandonnes abime abimee abimees abimes allume allumee",
    "allumes arrache arrachee barre barree bloque bloquee bloques bouche bouchee bouches",
    "bruyant bruyante brule brulee casse cassee casses cassees clignote coince coupe coupee",
    "creve dangereuse dangereux debordante deborde debordent deborder defonce defoncee",
    "defonces degrade degradee degueulasse deplace deplacee deteriore deterioree deterriore",
    "disparu disparue effondre efface effacee effacees effaces endommage endommagee enorme",
    "enormes eteint eteinte eteints fissure fissuree ferme fermee fonctionne fonctionnent",
    "fuit genant glissant glissante gros grosse grosses immonde impraticable inadmissible",
    "inonde inondee manque manquant manquante mort morte mauvais etat nauseabonde non ouvert",
    "ouverte ouverts penche penchee pend petit petite plein pleine pleines pleins pieton",
    "pietonne pietonniere principale privee prive pue publique ramasse ramassee ramasses",
    "rempli remplie renverse renversee sale sales sature tombe tombee tombes tombent toute",
    "troue trouee verglacee vide visible bien mal mauvaise gene genent empeche traine",
    "trainent stagne coule boueux boueuse etroite etroit sens entier entiere dernier derniere",
    "prochain prochaine completement blocked broken dirty full is are has have was were there",
    "in on at near by for the and with which where not out off please to from it of since",
    "that this an behind front opposite next leaking missing damaged flooded overflowing very",
    "huge big if safe underpass under made restent reste restait jamais na convient",
    "conviennent prevu prevue peint peinte reserve reservee laissee usee gelee",
)
# What a report is about: closes a name that has begun, never one that follows "de".
MATTERS = word_set(
    "abribus accident affiche affiches ampoule animal arbre arbres arceau avaloir bac bacs",
    "banc bancs barriere benne bestioles borne bornes bosse bouche boue branche branches",
    "bruit cable cables cadavre cafards canette carton cartons chantier chat chaussee chien",
    "chiens circulation conteneur conteneurs corbeille corbeilles crevasse crotte crottes",
    "dechet dechets decharge degat dejections depot depots detritus dos eau eaux eclairage",
    "egout egouts encombrant encombrants epave escalier feu feux feuilles fil fils fontaine",
    "frelon frelons frigo fuite fuites fumee gaz grille guepes herbe herbes horodateur huile",
    "incendie inondation lampadaire lampadaires lampe lampes lumiere lumieres marquage",
    "matelas meubles mobilier neige nid nids odeur odeurs ordure ordures panneau panneaux",
    "papiers parcmetre passage pave paves pigeon pigeons plaque plaques plot plots pneu pneus",
    "poteau poteaux potelet potelets poubelle poubelles puanteur ralentisseur rat rats regard",
    "rodeo rodeos sac sacs sapin scooter seringue seringues signalement silo souris tag tags",
    "terrasse toilettes tram travaux trottinette trottinettes trottoir trottoirs trou trous",
    "urine vandalisme vehicule vehicules velo verglas verre vitre voirie voiture voitures",
    "parking stationnement problem pothole potholes trash garbage rubbish bin bins",
    "streetlight light lights lamp hole water tree branch graffiti car sidewalk smell noise",
    "leak fly piste bande ligne bris morceau morceaux reverbere reverberes canalisation fosse",
    "ralentisseurs personne personnes cycliste enfant enfants pietons camion camions sirene",
    "ronces tas",
)
# Words that no name begins with, whatever comes before.
CLOSERS = _LITTLE | _TIME | _STATES
# Words of the above that may begin a name all the same: "rue Petit", "rue Notre-Dame".
NAMES_ALL_THE_SAME = word_set("notre petit petite grosse deux trois quatre cinq haut bas")
